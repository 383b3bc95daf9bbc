/** A command as a person would type it into a POSIX shell: words with anything unusual in single quotes. For display, never for a shell. */
export function formatArgv(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
