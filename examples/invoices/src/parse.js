/** Reads `number` and one `description;quantity;unit price;tax percent[;discount percent]` a line. */
export function parseInvoice(text) {
  const [number, ...rows] = text.split('\n').map((row) => row.trim());
  if (!number) throw new Error('the first line must be the invoice number');
  return { number, lines: rows.filter((row) => row !== '').map(parseLine) };
}

function parseLine(row, index) {
  const [description, quantity, unitPrice, taxPercent, discountPercent = '0'] = row.split(';').map((cell) => cell.trim());
  const line = {
    description,
    quantity: Number(quantity),
    unitPrice: Number(unitPrice),
    taxPercent: Number(taxPercent),
    discountPercent: Number(discountPercent),
  };
  const numbers = [line.quantity, line.unitPrice, line.taxPercent, line.discountPercent];
  if (!description || !numbers.every((value) => Number.isFinite(value) && value >= 0)) {
    throw new Error(`line ${index + 1} is not a valid invoice line: \`${row}\``);
  }
  return line;
}
