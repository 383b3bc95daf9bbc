import type { Language } from './codePatterns.ts';

/** Comments, strings and, in JavaScript, regular expressions. What is not closed as the language wants it does not match. */
const lexemes: Readonly<Record<Language['syntax'], RegExp | undefined>> = {
  javascript:
    /(?<comment>\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)|(?<string>'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*")|(?<template>`(?:[^`\\]|\\[^])*`)|(?<=(?:^|[=(,:[!&|?{};+\n]|\breturn|\btypeof|\bcase)[ \t]*)(?<regex>\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*)/gm,
  // A prefix with `f` stays in sight: it holds code.
  python:
    /(?<comment>#[^\n]*)|(?<![A-Za-z])(?:[rRbBuU]{0,2})(?<string>"""(?:[^"\\]|\\[^]|"(?!""))*"""|'''(?:[^'\\]|\\[^]|'(?!''))*'''|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*')/g,
  other: undefined,
};

/**
 * The same text, as long and with the same lines, with blanks for what comments and strings hold; quotes stay. Code inside templates
 * stays too. A help against false alarms, not a parser: when in doubt, text stays in sight.
 */
export function maskCode(text: string, syntax: Language['syntax']): string {
  const lexeme = lexemes[syntax];
  if (lexeme === undefined) return text;
  return text.replace(lexeme, (whole: string, ...rest: unknown[]) => {
    const groups: unknown = rest.at(-1);
    const isTemplate = typeof groups === 'object' && groups !== null && 'template' in groups && groups.template !== undefined;
    if (isTemplate && whole.includes('${')) return whole;
    const quote = /^([A-Za-z]*)(["'`])/.exec(whole);
    if (quote === null) return blank(whole);
    const head = quote[0].length;
    return whole.slice(0, head) + blank(whole.slice(head, -1)) + whole.slice(-1);
  });
}

function blank(text: string): string {
  return text.replace(/[^\n\r]/g, ' ');
}
