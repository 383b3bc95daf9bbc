// Writes media/schemas/preset.schema.json from the zod schema in src/contracts/preset.ts. Needs Node 24 (it loads TypeScript).
import { mkdirSync, writeFileSync } from 'node:fs';
import { presetJsonSchema } from '../src/contracts/presetJsonSchema.ts';

const folder = new URL('../media/schemas/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('preset.schema.json', folder), `${JSON.stringify(presetJsonSchema(), null, 2)}\n`);
console.log('media/schemas/preset.schema.json is written');
