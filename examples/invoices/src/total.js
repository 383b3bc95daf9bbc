/** Rounds an amount to whole cents. */
export function toCents(amount) {
  return Math.round(amount * 100) / 100;
}

/** Net amount of one line: quantity times unit price, less its discount in percent. */
export function lineTotal({ quantity, unitPrice, discountPercent = 0 }) {
  return toCents(quantity * unitPrice * (1 - discountPercent / 100));
}

/** Net, tax and gross of an invoice. Tax is worked out once for each rate, not line by line. */
export function invoiceTotals({ lines }) {
  const netByRate = new Map();
  for (const line of lines) {
    netByRate.set(line.taxPercent, (netByRate.get(line.taxPercent) ?? 0) + lineTotal(line));
  }
  let net = 0;
  let tax = 0;
  for (const [taxPercent, amount] of netByRate) {
    net += amount;
    tax += toCents((amount * taxPercent) / 100);
  }
  return { net: toCents(net), tax: toCents(tax), gross: toCents(net + tax) };
}
