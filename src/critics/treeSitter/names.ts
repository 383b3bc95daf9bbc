/** Whether a dotted name is one of those, where `*` in them stands for any text. */
export type NameTest = (name: string) => boolean;

export function nameTest(globs: readonly string[]): NameTest {
  const exact = new Set(globs.filter((glob) => !glob.includes('*')));
  const patterns = globs.filter((glob) => glob.includes('*')).map((glob) => new RegExp(`^${glob.split('*').map(escapeRegex).join('.*')}$`));
  return (name) => exact.has(name) || patterns.some((pattern) => pattern.test(name));
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
