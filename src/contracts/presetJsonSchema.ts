import { z } from 'zod';
import { presetSchema } from './preset.ts';

/** What GoNoGo says itself, with a line and a quick fix: the editor would say it a second time. */
const judged = [
  'required',
  'additionalProperties',
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minimum',
  'exclusiveMinimum',
];

type Json = Record<string, unknown>;

/** `media/schemas/preset.schema.json`, made from the zod schema: for completion and hover. `node scripts/generate-preset-schema.mjs` writes it. */
export function presetJsonSchema(): Json {
  const schema = z.toJSONSchema(presetSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      const node: Json = jsonSchema;
      for (const key of judged) Reflect.deleteProperty(node, key);
      // Completion offers examples like the values of an enumeration, and leaves the verdict to GoNoGo.
      if (Array.isArray(node['enum'])) node['examples'] = node['enum'];
      delete node['enum'];
      // Hover shows Markdown only from here.
      if (typeof node['description'] === 'string') node['markdownDescription'] = node['description'];
    },
  });
  const { $schema: _draft, ...rest } = schema;
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'GoNoGo preset', allowComments: false, ...rest };
}
