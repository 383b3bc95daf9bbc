import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInvoice } from '../src/index.js';

test('reads number and lines', () => {
  assert.deepEqual(parseInvoice('2026-0001\nPaper;4;1.20;20\n\nInk;1;18.50;20;10'), {
    number: '2026-0001',
    lines: [
      { description: 'Paper', quantity: 4, unitPrice: 1.2, taxPercent: 20, discountPercent: 0 },
      { description: 'Ink', quantity: 1, unitPrice: 18.5, taxPercent: 20, discountPercent: 10 },
    ],
  });
});

test('names the line that cannot be read', () => {
  assert.throws(() => parseInvoice('2026-0001\nPaper;4;1.20;20\nInk;one;18.50;20'), /line 2 .*`Ink;one;18\.50;20`/);
  assert.throws(() => parseInvoice('2026-0001\nPaper;-4;1.20;20'), /line 1/);
});

test('asks for the invoice number', () => {
  assert.throws(() => parseInvoice(''), /invoice number/);
});
