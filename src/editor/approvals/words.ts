import type { Millis } from '../../base/clock.ts';

/** Times of day in the person's own calendar. */
export interface Calendar {
  /** `14:02`, and with the day in front when it is not the day of `now`: `20 Nov, 14:02`. */
  when(at: Millis, now: Millis): string;
}

export function localCalendar(timeZone?: string): Calendar {
  let formats: { readonly time: Intl.DateTimeFormat; readonly day: Intl.DateTimeFormat } | undefined;
  return {
    when(at, now) {
      // Made when first asked for: the tables of a calendar take longer to load than the rest of a start.
      formats ??= {
        time: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }),
        day: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone }),
      };
      const date = formats.day.format(at);
      return date === formats.day.format(now) ? formats.time.format(at) : `${date}, ${formats.time.format(at)}`;
    },
  };
}

/** `0.4 s`, `12 s`, `2 min`, `1 h 5 min`. */
export function durationText(ms: Millis): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `12 B`, `1.2 KB`, `3.4 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** `1 file`, `3 files`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** At most `length` characters as a person counts them, with an ellipsis where it was cut. */
export function cut(text: string, length: number): string {
  const characters = [...new Intl.Segmenter('en').segment(text.slice(0, length * 16))];
  if (characters.length <= length && text.length <= length * 16) return text;
  return `${characters
    .slice(0, length - 1)
    .map((part) => part.segment)
    .join('')
    .trimEnd()}…`;
}

/** A lower-case message as a sentence on the screen. A path or a quoted input at its start stays as it is. */
export function sentence(message: string): string {
  const text = message.trim();
  const capital = /^\p{Ll}+[\s,;:]/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return text === '' || /[.…?]$/u.test(text) ? capital : `${capital}.`;
}
