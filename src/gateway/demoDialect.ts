import { z } from 'zod';
import type { DemoTurn } from './demoScript.ts';

type Call = NonNullable<DemoTurn['call']>[number];

const offeredSchema = z.array(z.object({ function: z.object({ name: z.string() }) }));

/** The names of the tools a request offers. */
export function toolsOffered(tools: unknown): ReadonlySet<string> {
  const offered = offeredSchema.safeParse(tools);
  return new Set(offered.success ? offered.data.map((tool) => tool.function.name) : []);
}

/** Whether an agent has tools of its own and none of those that scripts are written for. */
export function isForeign(offered: ReadonlySet<string>): boolean {
  return offered.size > 0 && !offered.has('write_file') && offered.has('write');
}

/** A turn with its calls as an agent of its own kind makes them: the tools have the names and inputs of opencode's. */
export function inForeignTools(turn: DemoTurn, offered: ReadonlySet<string>): DemoTurn {
  return turn.call === undefined ? turn : { ...turn, call: turn.call.map((call) => translated(call, offered)) };
}

const input = z.object({ path: z.string().default('.'), content: z.string().default(''), argv: z.array(z.string()).default([]) });

function translated(call: Call, offered: ReadonlySet<string>): Call {
  const parsed = input.safeParse(call.input);
  if (!parsed.success) return call;
  const { path, content, argv } = parsed.data;
  switch (call.tool) {
    case 'read_file':
      return { tool: 'read', input: { filePath: path } };
    case 'write_file':
      return { tool: 'write', input: { filePath: path, content } };
    case 'list_files':
      // Without ripgrep there is no search, and a folder can be read.
      return offered.has('glob') ? { tool: 'glob', input: { pattern: '**/*', path } } : { tool: 'read', input: { filePath: path } };
    case 'delete_file':
      return command(['rm', '--', path]);
    case 'run_command':
      return command(argv);
    default:
      return call;
  }
}

function command(argv: readonly string[]): Call {
  const line = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
  return { tool: 'bash', input: { command: line, description: 'Run a command' } };
}
