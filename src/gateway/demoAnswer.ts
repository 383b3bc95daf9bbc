import type { DemoTurn } from './demoScript.ts';
import { tokensOfBytes } from './tokens.ts';

const PIECE_CHARS = 16;

/** A piece of an assistant's message, as it travels in a stream. */
type DemoPiece =
  | { readonly content: string }
  | {
      readonly tool_calls: readonly {
        readonly index: number;
        readonly id?: string;
        readonly type?: 'function';
        readonly function: { readonly name?: string; readonly arguments: string };
      }[];
    };

export interface DemoAnswer {
  readonly pieces: readonly DemoPiece[];
  readonly finish: 'stop' | 'tool_calls' | 'length';
  readonly outputTokens: number;
}

/** A turn in small pieces like a real model's, cut off where `maxTokens` ends. */
export function demoAnswer(turn: DemoTurn, number: number, maxTokens: number): DemoAnswer {
  const pieces: DemoPiece[] = [];
  let bytes = 0;
  const fits = (text: string): boolean =>
    tokensOfBytes(bytes + Buffer.byteLength(text)) <= maxTokens && ((bytes += Buffer.byteLength(text)), true);
  const cut = (): DemoAnswer => ({ pieces, finish: 'length', outputTokens: tokensOfBytes(bytes) });
  for (const text of inPieces(turn.say ?? '')) {
    if (!fits(text)) return cut();
    pieces.push({ content: text });
  }
  for (const [index, { tool, input }] of (turn.call ?? []).entries()) {
    if (!fits(tool)) return cut();
    pieces.push({ tool_calls: [{ index, id: `call_${number}_${index}`, type: 'function', function: { name: tool, arguments: '' } }] });
    for (const text of inPieces(JSON.stringify(input))) {
      if (!fits(text)) return cut();
      pieces.push({ tool_calls: [{ index, function: { arguments: text } }] });
    }
  }
  return { pieces, finish: (turn.call ?? []).length > 0 ? 'tool_calls' : 'stop', outputTokens: tokensOfBytes(bytes) };
}

/** The message that the pieces put together make. */
export function wholeMessage(pieces: readonly DemoPiece[]): Record<string, unknown> {
  let content = '';
  const calls: { id: string; type: 'function'; function: { name: string; arguments: string } }[] = [];
  for (const piece of pieces) {
    if ('content' in piece) content += piece.content;
    else {
      for (const { index, id, function: part } of piece.tool_calls) {
        const call = (calls[index] ??= { id: id ?? '', type: 'function', function: { name: part.name ?? '', arguments: '' } });
        call.function.arguments += part.arguments;
      }
    }
  }
  return { role: 'assistant', content: content === '' ? null : content, ...(calls.length > 0 ? { tool_calls: calls } : {}) };
}

/** Cuts between code points, never inside one. */
function inPieces(text: string): string[] {
  const points = Array.from(text);
  return Array.from({ length: Math.ceil(points.length / PIECE_CHARS) }, (_, at) =>
    points.slice(at * PIECE_CHARS, (at + 1) * PIECE_CHARS).join(''),
  );
}
