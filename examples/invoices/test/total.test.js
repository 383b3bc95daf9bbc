import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invoiceTotals, lineTotal } from '../src/total.js';

test('a line is quantity times unit price', () => {
  assert.equal(lineTotal({ quantity: 3, unitPrice: 1.2 }), 3.6);
});

test('a discount is taken off the line', () => {
  assert.equal(lineTotal({ quantity: 1, unitPrice: 80, discountPercent: 25 }), 60);
});

test('an invoice without lines adds up to nothing', () => {
  assert.deepEqual(invoiceTotals({ lines: [] }), { net: 0, tax: 0, gross: 0 });
});

test('tax is worked out once for each rate', () => {
  const lines = [
    { quantity: 1, unitPrice: 10, taxPercent: 20 },
    { quantity: 2, unitPrice: 5, taxPercent: 20 },
    { quantity: 1, unitPrice: 100, taxPercent: 5 },
  ];
  assert.deepEqual(invoiceTotals({ lines }), { net: 120, tax: 9, gross: 129 });
});
