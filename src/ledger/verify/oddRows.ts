import { parseEnvelope } from '../envelope.ts';
import { leafHashOfText } from '../merkle/hash.ts';
import type { Damage, DamageKind } from './report.ts';

/** A row that is not the leaf that the tree has in its place. */
export interface OddRow {
  readonly seq: number;
  readonly envelope: string;
}

/**
 * Says what happened to rows that are not what the tree has in their places.
 * @param leafAt the hash, in hexadecimal, that the tree has for an entry; `undefined` where no full tile vouches for it
 */
export function explainOddRows(rows: readonly OddRow[], leafAt: (seq: number) => string | undefined): readonly Damage[] {
  const damages: Damage[] = [];
  const moved: { seq: number; was: number }[] = [];
  for (const { seq, envelope } of rows) {
    const parsed = parseEnvelope(envelope);
    if (!parsed.ok) {
      damages.push(damage('malformed', seq, seq, `Entry ${seq} is no entry that GoNoGo writes (${parsed.error}).`));
      continue;
    }
    const was = parsed.value.seq;
    const genuine = leafAt(was) ?? leafHashOfText(envelope);
    if (was === seq) damages.push(damage('edited', seq, seq, `Entry ${seq} was edited after it was recorded.`));
    else if (genuine === leafHashOfText(envelope)) moved.push({ seq, was });
    else damages.push(damage('inserted', seq, seq, `Entry ${seq} was put in: it is none of those that were recorded.`));
  }
  return [...damages, ...explainMoves(moved)];
}

/** Runs of entries that moved the same way were moved by one change. */
function explainMoves(moved: readonly { readonly seq: number; readonly was: number }[]): readonly Damage[] {
  const places = new Set(moved.map(({ seq }) => seq));
  const sorted = moved.every(({ was }) => places.has(was)) && new Set(moved.map(({ was }) => was)).size === moved.length;
  const first = moved[0];
  const last = moved.at(-1);
  if (!first || !last) return [];
  if (sorted) return [damage('reordered', first.seq, last.seq, `The entries ${first.seq} to ${last.seq} were put into another order.`)];
  const damages: Damage[] = [];
  let shift = 0;
  for (const { seq, was } of moved) {
    const now = was - seq;
    if (now > shift) {
      const gone = now - shift;
      damages.push(
        damage(
          'missing',
          seq + shift,
          seq + shift + gone - 1,
          `${count(gone)} taken out before entry ${seq}, and those after it moved up.`,
        ),
      );
    } else if (now < shift) {
      const more = shift - now;
      damages.push(damage('inserted', seq - more, seq - 1, `${count(more)} put in before entry ${seq}, and those after it moved down.`));
    }
    shift = now;
  }
  return damages;
}

function count(entries: number): string {
  return entries === 1 ? 'An entry was' : `${entries} entries were`;
}

export function damage(kind: DamageKind, from: number, to: number, message: string): Damage {
  return { kind, from, to, message };
}
