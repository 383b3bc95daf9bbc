import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { Problem } from './problem.mjs';

/** The one place where a script ends: the result is the exit code, a `Problem` is one sentence, the rest shows its stack. */
export async function main(run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    process.stderr.write(
      `${error instanceof Problem ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}

/** `parseArgs` whose complaint is a `Problem`. */
export function parseOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new Problem(error instanceof Error ? error.message : String(error));
  }
}

/** A whole number between `min` and `max`, or a `Problem` that names the option. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) throw new Problem(`${option} wants a number from ${min} to ${max}, not \`${text}\`.`);
  return value;
}

/** One of the allowed words, or a `Problem` that names them. */
export function oneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === text);
  if (found === undefined) throw new Problem(`${option} wants one of ${allowed.join(', ')}, not \`${text}\`.`);
  return found;
}
