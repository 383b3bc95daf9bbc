import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { findingSchema } from '../../contracts/verdict.ts';

const names = z.array(z.string().min(1));
const files = z.array(z.string().regex(/^[a-z]+\/[a-z]+\.scm$/)).min(1);
const effect = findingSchema.shape.effect.exclude(['wait']);

const ruleSchema = z.strictObject({
  check: z.string().min(1),
  code: z.string().regex(/^[a-z]+(?:-[a-z]+)*$/),
  effect,
  /** Follows `path:line`: what it does, and what to do about it. */
  message: z.string().min(1),
  /** Calls that make a value harmless for this rule. `*` stands for any text. */
  cleanedBy: names.default([]),
});

const languageSchema = z.strictObject({
  extensions: names,
  title: z.string().min(1),
  /** Names of what holds the global names, as in `window.eval`. */
  globals: names,
  queries: z.strictObject({ bindings: files, rules: files, complexity: files }),
});

const packSchema = z.strictObject({
  /** By the name of the grammar. */
  languages: z.record(z.string().regex(/^[a-z]+$/), languageSchema),
  complexity: z.strictObject({ limit: z.int().positive(), effect }),
  /** By the name that queries give with `#set! rule`. */
  rules: z.record(z.string(), ruleSchema),
  /** Values and calls that carry no words of anybody else. */
  harmless: names,
  /** Calls that stand for the function they are given. */
  transparent: names,
  /** Regular expressions that queries refer to by name; case does not matter. */
  words: z.record(
    z.string(),
    z.string().transform((source) => new RegExp(source, 'i')),
  ),
});

export type Rule = z.infer<typeof ruleSchema>;
export type LanguageRow = z.infer<typeof languageSchema>;
export type QueryTable = z.infer<typeof packSchema>;

/** The folder of tree-sitter queries with its table `rules.json`. */
export class QueryPack {
  readonly table: QueryTable;
  readonly #folder: string;
  readonly #grammars = new Map<string, string>();

  private constructor(folder: string, table: QueryTable) {
    this.#folder = folder;
    this.table = table;
    for (const [grammar, { extensions }] of Object.entries(table.languages))
      for (const extension of extensions) this.#grammars.set(extension, grammar);
  }

  /** @throws when the table cannot be read or is not valid: it ships with the product */
  static async open(folder: string): Promise<QueryPack> {
    return new QueryPack(folder, packSchema.parse(JSON.parse(await readFile(join(folder, 'rules.json'), 'utf8'))));
  }

  /** Name of the grammar for a file, if there is one. */
  grammarOf(path: string): string | undefined {
    return this.#grammars.get(/\.([A-Za-z]+)$/.exec(path)?.[1]?.toLowerCase() ?? '');
  }

  async source(names: readonly string[]): Promise<string> {
    return (await Promise.all(names.map((name) => readFile(join(this.#folder, name), 'utf8')))).join('\n');
  }
}
