import path from 'node:path';

/** The checkout, and the folders in it that are made rather than kept. */
export const root = path.resolve(import.meta.dirname, '..', '..');
export const reports = path.join(root, 'reports');
export const tools = path.join(root, '.tools');
export const dist = path.join(root, 'dist');
export const sample = path.join(root, 'examples', 'invoices');
