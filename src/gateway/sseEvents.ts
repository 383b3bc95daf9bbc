/** One server-sent event: the bytes it came in, blank line included, and its data. */
export interface SseEvent {
  readonly raw: Buffer;
  /** The `data` lines joined by line feeds; `undefined` for comments and keep-alives. */
  readonly data: string | undefined;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts a byte stream into server-sent events (WHATWG HTML, 9.2.6) without changing a byte: the `raw` of all events and the `rest`
 * put together are what was pushed. Lines end with LF or CRLF.
 */
export class SseSplitter {
  #pending: Buffer = Buffer.alloc(0);
  /** How far `#pending` is known to hold no end of an event. */
  #searched = 0;

  /** Bytes of an event that has not ended. */
  get rest(): Buffer {
    return this.#pending;
  }

  push(chunk: Buffer): SseEvent[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const events: SseEvent[] = [];
    for (let end = this.#endOfEvent(); end !== undefined; end = this.#endOfEvent()) {
      events.push(sseEvent(this.#pending.subarray(0, end)));
      this.#pending = this.#pending.subarray(end);
      this.#searched = 0;
    }
    return events;
  }

  #endOfEvent(): number | undefined {
    for (let at = this.#pending.indexOf(LF, this.#searched); at !== -1; at = this.#pending.indexOf(LF, at + 1)) {
      const next = this.#pending[at + 1];
      if (next === LF) return at + 2;
      if (next === CR && this.#pending[at + 2] === LF) return at + 3;
      // Not decided yet: look again from this line feed when more has come.
      if (next === undefined || (next === CR && at + 2 === this.#pending.length)) {
        this.#searched = at;
        return undefined;
      }
    }
    this.#searched = this.#pending.length;
    return undefined;
  }
}

export function sseEvent(raw: Buffer): SseEvent {
  const data = raw
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line.startsWith('data: ') ? 6 : 5));
  return { raw, data: data.length > 0 ? data.join('\n') : undefined };
}
