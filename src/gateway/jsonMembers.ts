/** One member of a JSON object, as positions in its text. */
interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/**
 * The members of the object that `text` is, in order, repeated keys included.
 * `text` MUST be an object that `JSON.parse` accepts; only then is such a plain scan enough.
 */
export function jsonMembers(text: string): JsonMember[] {
  const members: JsonMember[] = [];
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text[at] === '"') {
    const keyStart = at;
    const keyEnd = stringEnd(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    members.push({ key: String(JSON.parse(text.slice(keyStart, keyEnd))), keyStart, valueStart, valueEnd });
    at = skipSpace(text, valueEnd);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return members;
}

/**
 * The object that `text` is with some members set, every other byte left as it was: a number keeps its digits, a string its escapes.
 * Members that are not there yet come first. Values are JSON texts.
 */
export function withMembers(text: string, values: ReadonlyMap<string, string>): string {
  const members = jsonMembers(text);
  const present = new Set(members.map((member) => member.key));
  const added = [...values].filter(([key]) => !present.has(key)).map(([key, value]) => `${JSON.stringify(key)}:${value}`);
  const bodyStart = text.indexOf('{') + 1;
  let result = text.slice(0, bodyStart) + added.join(',') + (added.length > 0 && members.length > 0 ? ',' : '');
  let at = bodyStart;
  for (const { key, valueStart, valueEnd } of members) {
    const value = values.get(key);
    if (value === undefined) continue;
    result += text.slice(at, valueStart) + value;
    at = valueEnd;
  }
  return result + text.slice(at);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}

function stringEnd(text: string, quote: number): number {
  let at = quote + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === '"') {
      at = stringEnd(text, at);
      continue;
    }
    if (depth === 0 && ',} \t\r\n'.includes(char)) return at;
    if (char === '{' || char === '[') depth += 1;
    if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
    at += 1;
  }
  return at;
}
