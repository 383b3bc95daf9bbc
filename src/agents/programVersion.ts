import { AgentProcess, within } from './acp/agentProcess.ts';
import type { Clock, Millis } from '../base/clock.ts';
import { err, ok, type Result } from '../base/result.ts';
import { visibleText } from '../base/visibleText.ts';

const TIMEOUT_MS: Millis = 15_000;
const MAX_OUTPUT = 4_096;

/** What a program answers to `--version`: the first number of its first line that looks like one. The error is why it did not. */
export async function programVersion(
  argv: readonly string[],
  place: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  clock: Clock,
): Promise<Result<string, string>> {
  const command = { id: 'version', argv: [...argv, '--version'], env: place.env };
  const started = await AgentProcess.start(command, place.cwd, () => undefined);
  if (!started.ok) return err('it cannot be started');
  const program = started.value;
  let output = '';
  program.output.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(0, MAX_OUTPUT)));
  const ended = new Promise((resolve) => program.output.once('close', resolve));
  program.input.end();
  const answered = await within(clock, TIMEOUT_MS, Promise.all([program.exited, ended]));
  await program.stop(clock, 0);
  if (!answered) return err(`it did not answer within ${TIMEOUT_MS / 1_000} s`);
  const { code } = await program.exited;
  if (code !== 0) return err(program.lastWords === '' ? `it ended with code ${code ?? 'unknown'}` : `it said \`${program.lastWords}\``);
  const [version] = /\d+\.\d+[\w.+-]{0,40}/.exec(output.split('\n')[0] ?? '') ?? [];
  return version === undefined ? err(`it said \`${visibleText(output.trim(), { limit: 100 })}\``) : ok(version);
}
