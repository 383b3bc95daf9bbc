import { z } from 'zod';

/**
 * Between the editor and a webview travel three kinds of message, told apart by `kind`:
 * - request: webview → editor, answered exactly once by a response with the same id
 * - command: webview → editor, carried out without a result
 * - event: editor → webview, always a whole snapshot, because a hidden webview drops messages
 *
 * A message that cannot be read is answered too, with the id it carried or `''`.
 */
export interface ChannelDefinition {
  readonly requests: Readonly<Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>>;
  readonly commands: Readonly<Record<string, z.ZodType>>;
  readonly events: Readonly<Record<string, z.ZodType>>;
}

export type RequestName<D extends ChannelDefinition> = keyof D['requests'] & string;
export type CommandName<D extends ChannelDefinition> = keyof D['commands'] & string;
export type EventName<D extends ChannelDefinition> = keyof D['events'] & string;
export type ParamsOf<D extends ChannelDefinition, M extends RequestName<D>> = z.output<D['requests'][M]['params']>;
export type ResultOf<D extends ChannelDefinition, M extends RequestName<D>> = z.output<D['requests'][M]['result']>;
export type CommandOf<D extends ChannelDefinition, N extends CommandName<D>> = z.output<D['commands'][N]>;
export type EventOf<D extends ChannelDefinition, E extends EventName<D>> = z.output<D['events'][E]>;

const name = z.string().min(1).max(64);

export const requestSchema = z.strictObject({
  kind: z.literal('request'),
  id: z.string().min(1).max(64),
  method: name,
  params: z.unknown(),
});
export const commandSchema = z.strictObject({ kind: z.literal('command'), name, params: z.unknown() });
export const eventSchema = z.strictObject({ kind: z.literal('event'), name, payload: z.unknown() });

const problemSchema = z.strictObject({ code: z.string(), message: z.string() });
/** What went wrong, as both sides see it: a stable code and a sentence for the person. */
export type Problem = z.infer<typeof problemSchema>;

export const responseSchema = z.discriminatedUnion('ok', [
  z.strictObject({ kind: z.literal('response'), id: z.string(), ok: z.literal(true), result: z.unknown() }),
  z.strictObject({ kind: z.literal('response'), id: z.string(), ok: z.literal(false), error: problemSchema }),
]);

export const toEditorSchema = z.discriminatedUnion('kind', [requestSchema, commandSchema]);
export const toWebviewSchema = z.union([responseSchema, eventSchema]);

export type RequestMessage = z.infer<typeof requestSchema>;
export type CommandMessage = z.infer<typeof commandSchema>;
export type EventMessage = z.infer<typeof eventSchema>;
export type ResponseMessage = z.infer<typeof responseSchema>;

/** A request that was refused, or whose answer could not be read. `code` is the other side's, or one of the channel's own. */
export class ChannelError extends Error {
  readonly code: string;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = 'ChannelError';
    this.code = problem.code;
  }
}
