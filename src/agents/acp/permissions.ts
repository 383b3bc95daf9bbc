import type { PermissionOption, RequestPermissionOutcome, ToolCallUpdate } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import { visibleText } from '../../base/visibleText.ts';
import type { ActionKind } from '../../contracts/action.ts';

/** One action an agent asks to be let do. */
export interface Ask {
  readonly kind: ActionKind;
  readonly resource: string;
  readonly input: unknown;
}

const wholeFile = z.object({ path: z.string(), content: z.string() });
const argv = z.object({ command: z.array(z.string()).min(1) });
const program = z.object({ command: z.string(), args: z.array(z.string()) });
const shellLine = z.object({ command: z.string() });
const search = z.object({ pattern: z.string(), path: z.string().optional() });
const page = z.object({ url: z.string() });

/**
 * What a tool call would do, all of it, as actions; `undefined` when that cannot be told for sure. The kind and the content
 * have to agree: a call that says "read" and shows a diff is neither.
 */
export function asksOf(call: ToolCallUpdate): readonly Ask[] | undefined {
  const diffs = (call.content ?? []).filter((item) => item.type === 'diff');
  if (diffs.length > 0 && call.kind !== 'edit') return undefined;
  switch (call.kind) {
    case 'edit': {
      if (diffs.length > 0) return diffs.map(({ path, newText }) => ({ kind: 'file.write', resource: path, input: { content: newText } }));
      const file = wholeFile.safeParse(call.rawInput);
      return file.success ? [{ kind: 'file.write', resource: file.data.path, input: { content: file.data.content } }] : undefined;
    }
    case 'read':
      return eachLocation(call, 'file.read');
    case 'delete':
      return eachLocation(call, 'file.delete');
    case 'search':
      return eachLocation(call, 'file.list') ?? searched(call.rawInput);
    case 'fetch': {
      const fetched = page.safeParse(call.rawInput);
      return fetched.success ? [{ kind: 'web.fetch', resource: fetched.data.url, input: { url: fetched.data.url } }] : undefined;
    }
    case 'execute': {
      const command = commandOf(call.rawInput);
      return command === undefined ? undefined : [{ kind: 'shell.exec', resource: command.join(' '), input: { argv: command } }];
    }
    default:
      return undefined;
  }
}

/** What nobody can tell anything about, as an action that is refused by its name. */
export function unknownAsk({ title, kind }: ToolCallUpdate): Ask {
  const tool = visibleText(title ?? 'a tool', { limit: 200 });
  return { kind: 'tool.call', resource: tool, input: { tool, kind: kind ?? 'other' } };
}

/**
 * Allows or rejects once. Never `allow_always` or `reject_always`: policy is the only memory here. Two options under one id
 * could mean either, so then the request counts as cancelled, as it does when there is no such option.
 */
export function choose(options: readonly PermissionOption[], allowed: boolean): RequestPermissionOutcome {
  const unambiguous = new Set(options.map(({ optionId }) => optionId)).size === options.length;
  const find = (kind: PermissionOption['kind']): PermissionOption | undefined => options.find((option) => option.kind === kind);
  const option = (allowed ? find('allow_once') : undefined) ?? find('reject_once');
  return unambiguous && option !== undefined ? { outcome: 'selected', optionId: option.optionId } : { outcome: 'cancelled' };
}

function eachLocation(call: ToolCallUpdate, kind: ActionKind): readonly Ask[] | undefined {
  const locations = call.locations ?? [];
  return locations.length === 0 ? undefined : locations.map(({ path }) => ({ kind, resource: path, input: {} }));
}

/** A search that names no folder is one of the working folder. */
function searched(input: unknown): readonly Ask[] | undefined {
  const found = search.safeParse(input);
  return found.success ? [{ kind: 'file.list', resource: found.data.path ?? '.', input: {} }] : undefined;
}

function commandOf(input: unknown): readonly string[] | undefined {
  const list = argv.safeParse(input);
  if (list.success) return list.data.command;
  const words = program.safeParse(input);
  if (words.success) return [words.data.command, ...words.data.args];
  // One string is a line for a shell, and that is what would run.
  const line = shellLine.safeParse(input);
  return line.success ? ['sh', '-c', line.data.command] : undefined;
}
