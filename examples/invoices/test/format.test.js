import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatInvoice, parseInvoice } from '../src/index.js';

test('prints lines and totals', () => {
  const text = formatInvoice(parseInvoice('2026-0001\nPaper;4;1.20;20\nInk;1;18.50;20'));
  assert.deepEqual(text.split('\n'), [
    'Invoice 2026-0001',
    '4 x Paper                     4.80',
    '1 x Ink                      18.50',
    '----------------------------------',
    'Net                          23.30',
    'Tax                           4.66',
    'Total                        27.96',
  ]);
});
