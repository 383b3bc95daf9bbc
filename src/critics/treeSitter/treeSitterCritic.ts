import { setImmediate } from 'node:timers/promises';
import type { Critic, CriticFile } from '../../contracts/critic.ts';
import type { Finding } from '../../contracts/verdict.ts';
import { AddedLines, addedLines } from '../changedLines.ts';
import { patternCalls } from '../patternCalls.ts';
import type { FunctionComplexity } from './complexity.ts';
import { grownComplex } from './complexity.ts';
import { QueryPack } from './queryPack.ts';
import type { Rows } from './scope.ts';
import type { Analysis, RuleHit } from './syntaxLanguage.ts';
import { SyntaxLanguage } from './syntaxLanguage.ts';
import { WorkExhausted, WorkMeter } from './workMeter.ts';

/** Enough to see what is going on; a file full of them needs no list. */
const perFile = 20;
const largest = 1024 * 1024;

export interface TreeSitterCriticOptions {
  /** Folder with the parser and its grammars. */
  readonly grammars: string;
  /** Folder with the queries and their table. */
  readonly queries: string;
  /** Work for one file and for one review, in units of the `WorkMeter`. An ordinary file takes some 300 for each KB. */
  readonly limits?: { readonly file: number; readonly review: number };
}

/**
 * Reads changed code as a parser does: calls that turn data into code, text given to a shell, a database, a page or the file system
 * with values joined into it, and functions that became hard to follow. What no grammar reads, or cannot in the work allowed, is searched
 * by patterns, and the finding says so.
 */
export class TreeSitterCritic implements Critic {
  readonly name = 'syntax';
  readonly #grammars: string;
  readonly #pack: QueryPack;
  readonly #limits: { readonly file: number; readonly review: number };
  readonly #languages = new Map<string, Promise<SyntaxLanguage>>();

  private constructor({ grammars, limits = { file: 400_000, review: 1_000_000 } }: TreeSitterCriticOptions, pack: QueryPack) {
    this.#grammars = grammars;
    this.#pack = pack;
    this.#limits = limits;
  }

  static async open(options: TreeSitterCriticOptions): Promise<TreeSitterCritic> {
    return new TreeSitterCritic(options, await QueryPack.open(options.queries));
  }

  async review(files: readonly CriticFile[], signal: AbortSignal): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    let left = this.#limits.review;
    for (const file of files) {
      // Parsing is synchronous: let the kernel breathe between files.
      await setImmediate();
      signal.throwIfAborted();
      const { path, before, after } = file;
      if (after === undefined || after === before) continue;
      const work = new WorkMeter(Math.min(left, this.#limits.file));
      findings.push(...(await this.#reviewFile(path, before, after, work)));
      left = Math.max(0, left - work.done);
    }
    return findings;
  }

  async #reviewFile(path: string, before: string | undefined, after: string, work: WorkMeter): Promise<readonly Finding[]> {
    const lines = addedLines(before, after);
    const added = new AddedLines(lines);
    const first = added.lines[0];
    if (first === undefined) return [];
    const grammar = this.#pack.grammarOf(path);
    if (grammar === undefined) return patternCalls(path, after, lines).slice(0, perFile);
    const searched = (line: number, why: string): readonly Finding[] => [
      unread(path, line, why),
      ...patternCalls(path, after, lines).slice(0, perFile),
    ];
    if (after.length > largest) return searched(first, 'is larger than 1 MB');
    const language = await this.#language(grammar);
    try {
      const analysis = language.analyze(after, work);
      // Only where the answer depends on it.
      let past: Analysis | undefined;
      const old = (): Analysis | undefined =>
        (past ??= before === undefined || before.length > largest ? undefined : language.analyze(before, work));
      const hits = newHits(analysis.hits, added, () => old()?.hits ?? []).map(({ hit, line }) => found(path, hit, line));
      const complex = this.#complex(path, analysis.functions, () => old()?.functions ?? [], added);
      const broken = brokenLines(analysis.errors, added);
      const seen = new Set(hits.map(({ location }) => location?.line));
      const byPattern = patternCalls(path, after, broken).filter(({ location }) => !seen.has(location?.line));
      const [at] = broken;
      const note = at === undefined ? [] : [unread(path, at, `cannot be read as ${language.title} here`)];
      return [...[...hits, ...byPattern].slice(0, perFile), ...complex.slice(0, perFile), ...note];
    } catch (error) {
      if (error instanceof WorkExhausted) return searched(first, 'is too tangled to be read in time');
      throw error;
    }
  }

  #language(grammar: string): Promise<SyntaxLanguage> {
    const known = this.#languages.get(grammar);
    if (known) return known;
    const loading = SyntaxLanguage.load(this.#grammars, this.#pack, grammar);
    this.#languages.set(grammar, loading);
    loading.catch(() => this.#languages.delete(grammar));
    return loading;
  }

  #complex(
    path: string,
    now: readonly FunctionComplexity[],
    before: () => readonly FunctionComplexity[],
    added: AddedLines,
  ): readonly Finding[] {
    const { limit, effect } = this.#pack.table.complexity;
    return grownComplex(now, before, limit, added).map(({ grown, line, before: old }) => {
      const name = grown.name === undefined ? 'a function' : `\`${grown.name}\``;
      const was = old === 0 ? '' : `, ${old} before`;
      return {
        check: 'complexity',
        effect,
        code: 'complex-function',
        reason: `${path}:${line} ${grown.complexity} > ${limit}: so many ways lead through ${name}${was}. Ask for smaller functions, or for a test of each way.`,
        location: { path, line },
        evidence: { complexity: grown.complexity, limit, before: old },
      };
    });
  }
}

/** Those that the change brought: their own code, the values in them or the meaning of their names. One for each rule and line. */
function newHits(
  hits: readonly RuleHit[],
  added: AddedLines,
  before: () => readonly RuleHit[],
): readonly { readonly hit: RuleHit; readonly line: number }[] {
  const fresh = new Map<string, { hit: RuleHit; line: number }>();
  let old: ReadonlySet<string> | undefined;
  const key = (hit: RuleHit): string => `${hit.id} ${hit.text}`;
  for (const hit of hits) {
    const own = firstOf([...hit.own, ...hit.values], added);
    const named = own === undefined ? firstOf(hit.names, added) : undefined;
    // The same call was there before: only the line with its import was written anew.
    if (named !== undefined && (old ??= new Set(before().map(key))).has(key(hit))) continue;
    const line = own ?? named;
    if (line !== undefined) fresh.set(`${line} ${hit.rule.code}`, { hit, line });
  }
  return [...fresh.values()].sort((a, b) => a.line - b.line);
}

function firstOf(places: readonly Rows[], added: AddedLines): number | undefined {
  for (const { from, to } of places) {
    const line = added.firstIn(from, to);
    if (line !== undefined) return line;
  }
  return undefined;
}

function brokenLines(errors: readonly Rows[], added: AddedLines): ReadonlySet<number> {
  if (errors.length === 0) return new Set();
  const ordered = [...errors].sort((a, b) => a.from - b.from);
  const broken = new Set<number>();
  let at = 0;
  let reach = 0;
  for (const line of added.lines) {
    for (let next = ordered[at]; next && next.from <= line; next = ordered[++at]) reach = Math.max(reach, next.to);
    if (line <= reach) broken.add(line);
  }
  return broken;
}

function found(path: string, { rule }: RuleHit, line: number): Finding {
  const { check, effect, code, message } = rule;
  return { check, effect, code, reason: `${path}:${line} ${message}`, location: { path, line } };
}

function unread(path: string, line: number, why: string): Finding {
  const reason = `${path}:${line} ${why}, so it was only searched for known words; look at it yourself before you approve.`;
  return { check: 'syntax', effect: 'hold', code: 'code-not-read', reason, location: { path, line } };
}
