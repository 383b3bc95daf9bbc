import { invoiceTotals, lineTotal } from './total.js';

const width = 34;

function row(label, amount) {
  return label.padEnd(width - 12) + amount.toFixed(2).padStart(12);
}

/** The invoice as plain text, one line each, totals below. */
export function formatInvoice(invoice) {
  const { net, tax, gross } = invoiceTotals(invoice);
  const lines = invoice.lines.map((line) => row(`${line.quantity} x ${line.description}`, lineTotal(line)));
  return [`Invoice ${invoice.number}`, ...lines, '-'.repeat(width), row('Net', net), row('Tax', tax), row('Total', gross)].join('\n');
}
