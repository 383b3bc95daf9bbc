import type { Action } from '../contracts/action.ts';
import type { Risk } from '../contracts/approval.ts';
import { assertNever } from '../base/assertNever.ts';

export interface Description {
  readonly title: string;
  readonly risk: Risk;
  /** The action in full, to read before deciding. */
  readonly content: string;
}

/** What a person reads about an action that needs them. Risk comes from the parsed action, never from the agent. */
export function describe(action: Action): Description {
  switch (action.kind) {
    case 'file.write':
      return { title: `Write ${action.resource}`, risk: 'high', content: action.input.content };
    case 'file.delete':
      return { title: `Delete ${action.resource}`, risk: 'high', content: `Delete ${action.resource}` };
    case 'file.read':
    case 'file.list':
      return { title: `Read ${action.resource}`, risk: 'low', content: `Read ${action.resource}` };
    case 'shell.exec':
      return { title: `Run ${action.resource}`, risk: 'high', content: action.input.argv.map((part) => JSON.stringify(part)).join(' ') };
    case 'model.call':
      return {
        title: `Call ${action.input.model}`,
        risk: 'low',
        content: `${action.input.inputTokens} tokens in, up to ${action.input.maxOutputTokens} out`,
      };
    case 'code.apply':
      return { title: 'Apply the reviewed changes', risk: 'low', content: '' };
    case 'code.rollback':
      return { title: 'Roll the mission back', risk: 'low', content: '' };
    default:
      return assertNever(action);
  }
}
