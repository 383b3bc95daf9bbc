import { z } from 'zod';

const lineSchema = z.union([z.looseObject({ 'child-pid': z.number().int().positive() }), z.looseObject({ 'exit-code': z.number().int() })]);

interface BubblewrapStatus {
  /** The first process inside, as seen from outside. */
  readonly childPid: number | undefined;
  /** Only there when the command really ran. */
  readonly exitCode: number | undefined;
}

/** Reads what `--json-status-fd` has written so far: one JSON document a line, the last perhaps not complete. */
export function parseStatus(text: string): BubblewrapStatus {
  let childPid: number | undefined;
  let exitCode: number | undefined;
  for (const line of text.split('\n').slice(0, -1)) {
    const parsed = lineSchema.safeParse(parseJson(line));
    if (!parsed.success) continue;
    if ('child-pid' in parsed.data) childPid ??= Number(parsed.data['child-pid']);
    if ('exit-code' in parsed.data) exitCode ??= Number(parsed.data['exit-code']);
  }
  return { childPid, exitCode };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
