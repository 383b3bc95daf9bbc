import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CodedError, systemCode } from '../base/errors.ts';

const callSchema = z.strictObject({
  tool: z.string().min(1).max(100),
  input: z.record(z.string(), z.json()),
});

const turnSchema = z.strictObject({
  say: z.string().max(20_000).optional(),
  call: z.array(callSchema).max(16).optional(),
  delayMs: z.int().nonnegative().max(60_000).optional(),
  expect: z.string().min(1).max(1_000).optional(),
});

/** See docs/demo-script.md. */
const demoScriptSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().regex(/^[\w.-]{1,60}$/, 'letters, digits, `.`, `_` and `-` only'),
  agents: z.record(
    z.string().regex(/^[a-z][a-z0-9-]{0,30}(#\d{1,3})?$/, 'a role like `coder`, or `coder#2`'),
    z.array(turnSchema).max(500),
  ),
});

export type DemoScript = z.infer<typeof demoScriptSchema>;
export type DemoTurn = z.infer<typeof turnSchema>;

export class DemoScriptError extends CodedError<'demo-script-unreadable' | 'demo-script-invalid'> {}

/** @throws DemoScriptError with one sentence that names the file and the field. */
export function readDemoScript(path: string): DemoScript {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (systemCode(error) === undefined) {
      throw new DemoScriptError('demo-script-invalid', `the demo script \`${path}\` is not valid JSON; correct it and try again`, {
        cause: error,
      });
    }
    throw new DemoScriptError(
      'demo-script-unreadable',
      `the demo script \`${path}\` cannot be read (${systemCode(error)}); check the path`,
      {
        cause: error,
      },
    );
  }
  const parsed = demoScriptSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  throw new DemoScriptError(
    'demo-script-invalid',
    `the demo script \`${path}\` is not valid at \`${field || 'the top'}\`: ${issue?.message ?? 'invalid'}; correct it and try again`,
    { cause: parsed.error },
  );
}
