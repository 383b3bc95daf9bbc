import treeSitter from '@vscode/tree-sitter-wasm';
import type { Language, Node, Query, QueryMatch, Tree } from '@vscode/tree-sitter-wasm';
import { loadGrammar, parseText } from './grammars.ts';
import type { FunctionComplexity } from './complexity.ts';
import { functionComplexities } from './complexity.ts';
import { Judge } from './judge.ts';
import { nameTest } from './names.ts';
import type { Captures, Question } from './predicates.ts';
import { questionOf } from './predicates.ts';
import type { LanguageRow, QueryPack, QueryTable, Rule } from './queryPack.ts';
import type { Binding, Rows } from './scope.ts';
import { Scope, moduleName, rowsOf, written } from './scope.ts';
import type { WorkMeter } from './workMeter.ts';
import { WorkExhausted } from './workMeter.ts';

/** A rule that holds somewhere in a text. */
export interface RuleHit {
  readonly id: string;
  readonly rule: Rule;
  readonly at: Rows;
  /** The code it is about. */
  readonly own: readonly Rows[];
  /** Where values it depends on come from. */
  readonly values: readonly Rows[];
  /** Where names in it get their meaning. */
  readonly names: readonly Rows[];
  /** Tells it from others of the same rule. */
  readonly text: string;
}

export interface Analysis {
  readonly hits: readonly RuleHit[];
  readonly functions: readonly FunctionComplexity[];
  /** What the grammar could not make sense of. */
  readonly errors: readonly Rows[];
}

interface Pattern {
  readonly id: string;
  readonly rule: Rule;
  readonly questions: readonly Question[];
  readonly harmless: (name: string) => boolean;
}

interface Queries {
  readonly bindings: Query;
  readonly rules: Query;
  readonly complexity: Query;
  readonly errors: Query;
}

const shownText = 300;

/** One language as the rules see it: its grammar and compiled queries. */
export class SyntaxLanguage {
  readonly title: string;
  readonly #language: Language;
  readonly #queries: Queries;
  readonly #patterns: readonly Pattern[];
  readonly #globals: ReadonlySet<string>;
  readonly #transparent: (name: string) => boolean;

  private constructor(language: Language, row: LanguageRow, queries: Queries, table: QueryTable) {
    this.#language = language;
    this.title = row.title;
    this.#queries = queries;
    this.#globals = new Set(row.globals);
    this.#transparent = nameTest(table.transparent);
    this.#patterns = queries.rules.predicates.map((predicates, at) => {
      const id = queries.rules.setProperties[at]?.['rule'];
      const rule = table.rules[id ?? ''];
      if (!rule || id === null || id === undefined) throw new Error(`pattern ${at} sets no rule of the table: \`${id ?? ''}\``);
      const questions = predicates.map((predicate) => questionOf(predicate, table.words));
      return { id, rule, questions, harmless: nameTest([...table.harmless, ...rule.cleanedBy]) };
    });
  }

  /** @throws when a grammar or a query cannot be loaded: both ship with the product */
  static async load(grammars: string, pack: QueryPack, name: string): Promise<SyntaxLanguage> {
    const row = pack.table.languages[name];
    if (!row) throw new Error(`there is no language \`${name}\` in the table`);
    const language = await loadGrammar(grammars, name);
    const query = async (files: readonly string[]): Promise<Query> => new treeSitter.Query(language, await pack.source(files));
    const queries: Queries = {
      bindings: await query(row.queries.bindings),
      rules: await query(row.queries.rules),
      complexity: await query(row.queries.complexity),
      errors: new treeSitter.Query(language, '[(ERROR) (MISSING)] @error'),
    };
    return new SyntaxLanguage(language, row, queries, pack.table);
  }

  /** @throws WorkExhausted */
  analyze(text: string, work: WorkMeter): Analysis {
    return this.#parsed(text, work, (tree) => ({
      hits: this.#hits(tree.rootNode, work),
      functions: this.#functions(tree.rootNode, work),
      errors: tree.rootNode.hasError ? this.#matches(this.#queries.errors, tree.rootNode, work).flatMap(errorRows) : [],
    }));
  }

  #parsed<T>(text: string, work: WorkMeter, task: (tree: Tree) => T): T {
    const tree = parseText(this.#language, text, work);
    try {
      return task(tree);
    } finally {
      tree.delete();
    }
  }

  #hits(root: Node, work: WorkMeter): readonly RuleHit[] {
    let known: { scope: Scope; bindings: ReadonlyMap<string, readonly Binding[]> } | undefined;
    const hits: RuleHit[] = [];
    for (const match of this.#matches(this.#queries.rules, root, work)) {
      const pattern = this.#patterns[match.patternIndex];
      const captures = capturesOf(match);
      const here = captures.get('here');
      if (!pattern || !here) continue;
      if (!known) {
        const bindings = this.#bindings(root, work);
        known = { bindings, scope: new Scope({ bindings, globals: this.#globals, transparent: this.#transparent, work }) };
      }
      const hit = judged(pattern, captures, here, known.scope);
      work.spend();
      if (hit) hits.push(hit);
    }
    return hits;
  }

  #bindings(root: Node, work: WorkMeter): ReadonlyMap<string, readonly Binding[]> {
    const bindings = new Map<string, Binding[]>();
    for (const match of this.#matches(this.#queries.bindings, root, work)) {
      const captures = capturesOf(match);
      const name = captures.get('name');
      const key = name && written(name);
      const binding = key === undefined ? undefined : bindingOf(captures, match.setProperties?.['via']);
      if (key === undefined || !binding) continue;
      const known = bindings.get(key);
      if (known) known.push(binding);
      else bindings.set(key, [binding]);
    }
    return bindings;
  }

  #functions(root: Node, work: WorkMeter): readonly FunctionComplexity[] {
    const functions: { node: Node; name: string | undefined }[] = [];
    const branches: Node[] = [];
    for (const match of this.#matches(this.#queries.complexity, root, work)) {
      const captures = capturesOf(match);
      const node = captures.get('function');
      const branch = captures.get('branch');
      if (node) functions.push({ node, name: captures.get('name')?.text.slice(0, 100) });
      else if (branch) branches.push(branch);
    }
    return functionComplexities({ functions, branches });
  }

  #matches(query: Query, root: Node, work: WorkMeter): readonly QueryMatch[] {
    const state = { exhausted: false };
    const matches = query.matches(root, { progressCallback: () => (state.exhausted ||= !work.tick()) });
    if (state.exhausted) throw new WorkExhausted('searching takes too long');
    work.spend(Math.ceil(matches.length / 20));
    return matches;
  }
}

function judged(pattern: Pattern, captures: Captures, here: Node, scope: Scope): RuleHit | undefined {
  const judge = new Judge(scope, pattern.harmless, pattern.rule.cleanedBy.join(' '));
  const own: Rows[] = [];
  const trails: Record<Question['about'], Rows[]> = { name: [], value: [] };
  for (const { about, looksAt, answer } of pattern.questions) {
    const [holds, trail] = scope.following(() => answer(captures, scope, judge));
    if (!holds) return undefined;
    own.push(...looksAt(captures).map(rowsOf));
    trails[about].push(...trail);
  }
  const at = rowsOf(here);
  return {
    id: pattern.id,
    rule: pattern.rule,
    at,
    own: [{ from: at.from, to: at.from }, ...(own.length > 0 ? own : [at])],
    values: trails.value,
    names: trails.name,
    text: here.text.slice(0, shownText),
  };
}

function bindingOf(captures: Captures, via: string | null | undefined): Binding | undefined {
  const name = captures.get('name');
  if (!name) return undefined;
  const value = captures.get('value');
  const rows = { from: rowsOf(name).from, to: rowsOf(value ?? name).to };
  const member = captures.get('member')?.text;
  switch (via) {
    case 'import': {
      const module = moduleName(captures.get('module')?.text.replace(/^['"]|['"]$/g, '') ?? '');
      return { rows, via, path: member === undefined || member === 'default' ? module : `${module}.${member}` };
    }
    case 'value':
    case 'added':
      return value && { rows, via, value, member };
    default:
      return { rows, via: 'unknown' };
  }
}

function capturesOf({ captures }: QueryMatch): Captures {
  return new Map(captures.map(({ name, node }) => [name, node]));
}

function errorRows(match: QueryMatch): readonly Rows[] {
  return match.captures.map(({ node }) => rowsOf(node));
}
