import { z } from 'zod';
import { err, ok, type Result } from '../base/result.ts';
import { inForeignTools, isForeign, toolsOffered } from './demoDialect.ts';
import { invalidRequest, type ApiProblem } from './apiProblem.ts';
import type { DemoScript, DemoTurn } from './demoScript.ts';

const contentSchema = z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]).nullish();
const messageSchema = z.looseObject({ role: z.string(), content: contentSchema });

/** What the demo model reads of a chat completion request. */
export const demoRequestSchema = z.looseObject({
  messages: z.array(messageSchema).min(1),
  tools: z.unknown().optional(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
});

export type DemoRequest = z.infer<typeof demoRequestSchema>;

const ROLE = /\(role: ([^)\s]+)\)/;

/** What is said once the script has no more turns. */
const LAST_TURN: DemoTurn = { say: 'Done.' };

/**
 * The turn that answers a conversation. It depends on nothing but the conversation, so that a resumed one goes on where it was: its
 * number is the count of the assistant's messages so far, its agent the `(role: …)` and `attempt N` of the first system message, or
 * of the first of the user when an agent has a system message of its own.
 */
export function demoTurn(script: DemoScript, request: DemoRequest): Result<{ turn: DemoTurn; number: number }, ApiProblem> {
  const turns = turnsOf(script, instructionsOf(request));
  if (!turns.ok) return turns;
  const offered = toolsOffered(request.tools);
  const number = request.messages.filter(({ role }) => role === 'assistant').length;
  const turn = turns.value[number] ?? LAST_TURN;
  // Other tools answer in other words.
  if (isForeign(offered)) return ok({ turn: inForeignTools(turn, offered), number });
  if (turn.expect !== undefined) {
    const result = lastToolResults(request);
    if (!result.includes(turn.expect)) {
      const message = `The demo script \`${script.name}\` expects \`${turn.expect}\` at turn ${number} and got \`${result.slice(0, 200)}\`. Correct the script.`;
      return err(invalidRequest(400, 'demo_expectation', message));
    }
  }
  return ok({ turn, number });
}

/** The text that says which agent this is. */
function instructionsOf(request: DemoRequest): string {
  const first = (...roles: readonly string[]): string => textOf(request.messages.find(({ role }) => roles.includes(role))?.content);
  const texts = [first('system', 'developer'), first('user')];
  return texts.find((text) => ROLE.test(text)) ?? texts[0] ?? '';
}

function turnsOf(script: DemoScript, system: string): Result<readonly DemoTurn[], ApiProblem> {
  const roles = Object.keys(script.agents);
  const role = ROLE.exec(system)?.[1];
  if (role === undefined) {
    const only = roles.length === 1 && roles[0] !== undefined ? script.agents[roles[0]] : undefined;
    if (only) return ok(only);
  }
  const attempt = Number(/\battempt (\d{1,3})\b/i.exec(system)?.[1] ?? 1);
  for (let number = attempt; role !== undefined && number >= 1; number -= 1) {
    const turns = script.agents[number === 1 ? role : `${role}#${number}`];
    if (turns) return ok(turns);
  }
  const asked = role === undefined ? 'The request names no role' : `There is no agent \`${role}\` in the demo script \`${script.name}\``;
  return err(invalidRequest(400, 'demo_role', `${asked}. The script has: ${roles.join(', ') || 'none'}.`));
}

/** Everything the tools answered since the assistant spoke last. */
function lastToolResults(request: DemoRequest): string {
  const spoken = request.messages.findLastIndex(({ role }) => role === 'assistant');
  return request.messages
    .slice(spoken + 1)
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => textOf(content))
    .join('\n');
}

function textOf(content: z.infer<typeof contentSchema>): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}
