import type { Action } from '../contracts/action.ts';
import type { Risk } from '../contracts/approval.ts';
import { visibleText } from '../base/visibleText.ts';
import { assertNever } from '../base/assertNever.ts';

export interface Description {
  readonly title: string;
  readonly risk: Risk;
  /** The action in full, to read before deciding. */
  readonly content: string;
}

/** What a person reads about an action that needs them. Risk comes from the parsed action, never from the agent. */
export function describe(action: Action): Description {
  const resource = visibleText(action.resource);
  switch (action.kind) {
    case 'file.write':
      return { title: `Write ${resource}`, risk: 'high', content: action.input.content };
    case 'file.delete':
      return { title: `Delete ${resource}`, risk: 'high', content: `Delete ${resource}` };
    case 'file.read':
    case 'file.list':
      return { title: `Read ${resource}`, risk: 'low', content: `Read ${resource}` };
    case 'shell.exec':
      return {
        title: `Run ${shownArgv(action.input.argv)}`,
        risk: 'high',
        content: action.input.argv.map((part) => JSON.stringify(part)).join(' '),
      };
    case 'web.fetch':
      return { title: `Fetch ${resource}`, risk: 'medium', content: `Fetch ${action.input.url}` };
    case 'tool.call':
      return { title: `Use ${resource}`, risk: 'high', content: `Use the agent's own tool ${action.input.tool}` };
    case 'model.call':
      return {
        title: `Call ${visibleText(action.input.model)}`,
        risk: 'low',
        content: `${action.input.inputTokens} tokens in, up to ${action.input.maxOutputTokens} out`,
      };
    case 'model.probe':
      return {
        title: `Test ${action.input.model ?? 'the connection'}`,
        risk: 'low',
        content: `Ask the model's server at ${action.resource}`,
      };
    case 'code.apply':
      return { title: 'Apply the reviewed changes', risk: 'low', content: '' };
    case 'code.rollback':
      return { title: 'Roll the mission back', risk: 'low', content: '' };
    case 'code.reapply':
      return { title: 'Apply the reviewed changes again', risk: 'low', content: '' };
    default:
      return assertNever(action);
  }
}

/** A command as a sentence shows it: what is more than a plain word stands in quotes. */
export function shownArgv(argv: readonly string[]): string {
  const parts = argv.map((part) => (/^[\w@%+=:,./-]+$/.test(part) ? part : JSON.stringify(part)));
  return visibleText(parts.join(' '), { limit: 200 });
}
