import { RequestError, type AgentContext, type ToolKind } from '@agentclientprotocol/sdk';
import { tool, type ToolSet } from 'ai';
import { z } from 'zod';

const MAX_RESULT = 100_000;

const path = z.string().describe('Path relative to the working folder.');
const listed = z.object({ files: z.array(z.string()) });

/**
 * What the model may do: each tool is one request to the client, which decides. A refusal is a result like any other, in the
 * client's words, so that the model can act on it.
 */
export function modelTools(client: AgentContext, sessionId: string): ToolSet {
  async function perform(id: string, kind: ToolKind, title: string, work: () => Promise<string>): Promise<string> {
    await client.notify('session/update', {
      sessionId,
      update: { sessionUpdate: 'tool_call', toolCallId: id, title, kind, status: 'in_progress' },
    });
    let status: 'completed' | 'failed' = 'completed';
    let text: string;
    try {
      text = cut(await work());
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      status = 'failed';
      text = error.message;
    }
    const content = [{ type: 'content' as const, content: { type: 'text' as const, text } }];
    await client.notify('session/update', { sessionId, update: { sessionUpdate: 'tool_call_update', toolCallId: id, status, content } });
    return text;
  }

  return {
    read_file: tool({
      description: 'Read a text file.',
      inputSchema: z.object({ path }),
      execute: (input, { toolCallId }) =>
        perform(toolCallId, 'read', `Read ${input.path}`, async () => {
          const { content } = await client.request('fs/read_text_file', { sessionId, path: input.path });
          return content;
        }),
    }),
    write_file: tool({
      description: 'Write a text file whole. Makes the folders it needs.',
      inputSchema: z.object({ path, content: z.string().describe('The whole new content.') }),
      execute: (input, { toolCallId }) =>
        perform(toolCallId, 'edit', `Write ${input.path}`, async () => {
          await client.request('fs/write_text_file', { sessionId, path: input.path, content: input.content });
          return 'written';
        }),
    }),
    delete_file: tool({
      description: 'Delete a file.',
      inputSchema: z.object({ path }),
      execute: (input, { toolCallId }) =>
        perform(toolCallId, 'delete', `Delete ${input.path}`, async () => {
          await client.request('_gonogo/fs/delete', { sessionId, path: input.path });
          return 'deleted';
        }),
    }),
    list_files: tool({
      description: 'List the files below a folder, one a line.',
      inputSchema: z.object({ path: path.default('.') }),
      execute: (input, { toolCallId }) =>
        perform(toolCallId, 'search', `List ${input.path}`, async () => {
          const { files } = listed.parse(await client.request('_gonogo/fs/list', { sessionId, path: input.path }));
          return files.length === 0 ? 'no files' : files.join('\n');
        }),
    }),
    run_command: tool({
      description: 'Run a program with arguments in the working folder and wait for its end. There is no shell.',
      inputSchema: z.object({ argv: z.array(z.string()).min(1).describe('The program and its arguments.') }),
      execute: (input, { toolCallId, abortSignal }) =>
        perform(toolCallId, 'execute', `Run ${input.argv.join(' ')}`, () => runCommand(client, sessionId, input.argv, abortSignal)),
    }),
  };
}

async function runCommand(
  client: AgentContext,
  sessionId: string,
  argv: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const [command = '', ...args] = argv;
  await using terminal = await client.createTerminal({ sessionId, command, args });
  const kill = (): void => void terminal.kill().catch(() => undefined);
  signal?.addEventListener('abort', kill, { once: true });
  try {
    const { exitCode, signal: killedBy } = await terminal.waitForExit();
    const { output, truncated } = await terminal.currentOutput();
    const end = killedBy == null ? `exit code ${exitCode ?? 'unknown'}` : `ended by ${killedBy}`;
    return `${end}\n${output}${truncated ? '\n[the rest of the output was dropped]' : ''}`;
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

function cut(text: string): string {
  return text.length <= MAX_RESULT ? text : `${text.slice(0, MAX_RESULT)}\n[cut after ${MAX_RESULT} characters]`;
}
