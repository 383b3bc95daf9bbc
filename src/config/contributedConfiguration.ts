import { z } from 'zod';
import { settingKeys, settings, type SettingDefinition } from './settings.ts';

/** `contributes.configuration` of package.json, made from the table; `node scripts/generate-settings.mjs` writes it there. */
export function contributedConfiguration(): Record<string, unknown> {
  const properties = settingKeys.map((key, order) => [`gonogo.${key}`, contributed(settings[key], order)]);
  return { title: 'GoNoGo', properties: Object.fromEntries(properties) as unknown };
}

function contributed(definition: SettingDefinition, order: number): Record<string, unknown> {
  // The form that parsing ends in: text that can be read as a number is accepted, but not advertised.
  const schema = z.toJSONSchema(definition.schema, { io: 'output' });
  // It names a draft that VS Code does not read.
  delete schema.$schema;
  return {
    order,
    scope: definition.scope,
    ...schema,
    default: definition.default,
    markdownDescription: definition.description,
    ...(definition.valueDescriptions === undefined ? {} : { enumDescriptions: definition.valueDescriptions }),
  };
}
