// Writes `contributes.configuration` of package.json from the table in src/config/settings.ts. Needs Node 24 (it loads TypeScript).
import { readFileSync, writeFileSync } from 'node:fs';
import { contributedConfiguration } from '../src/config/contributedConfiguration.ts';

const path = new URL('../package.json', import.meta.url);
const manifest = JSON.parse(readFileSync(path, 'utf8'));
manifest.contributes = { ...manifest.contributes, configuration: contributedConfiguration() };
writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`package.json holds ${Object.keys(manifest.contributes.configuration.properties).length} settings`);
