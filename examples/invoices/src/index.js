export { formatInvoice } from './format.js';
export { parseInvoice } from './parse.js';
export { lineTotal, invoiceTotals } from './total.js';
