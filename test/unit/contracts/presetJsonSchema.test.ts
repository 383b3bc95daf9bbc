import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { presetAgentSchema, presetSchema } from '../../../src/contracts/preset.ts';
import { presetJsonSchema } from '../../../src/contracts/presetJsonSchema.ts';

const root = new URL('../../../', import.meta.url);
const json = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), 'utf8'));

const described = z.record(z.string(), z.object({ description: z.string().min(10), markdownDescription: z.string() }));

describe('the JSON schema of presets', () => {
  it('is what the zod schema says now; `node scripts/generate-preset-schema.mjs` writes it', () => {
    assert.deepEqual(json('media/schemas/preset.schema.json'), JSON.parse(JSON.stringify(presetJsonSchema())));
  });

  it('says of every field what it is for', () => {
    const { properties } = z
      .object({ properties: described.and(z.object({ agents: z.object({ items: z.object({ properties: described }) }) })) })
      .parse(presetJsonSchema());
    assert.deepEqual(Object.keys(properties), Object.keys(presetSchema.shape));
    assert.deepEqual(Object.keys(properties.agents.items.properties), Object.keys(presetAgentSchema.shape));
  });

  it('is contributed for each place presets are read from', () => {
    const { contributes } = z
      .object({ contributes: z.object({ jsonValidation: z.array(z.object({ fileMatch: z.array(z.string()), url: z.string() })) }) })
      .parse(json('package.json'));
    const [{ fileMatch, url } = { fileMatch: [], url: '' }] = contributes.jsonValidation;
    assert.ok(json(url));
    for (const place of ['.gonogo/missions', '.gonogo/templates', 'gonogo/missions'])
      assert.ok(fileMatch.includes(`**/${place}/*.json`), place);
  });
});
