import type { Node } from '@vscode/tree-sitter-wasm';
import type { Expression } from './expression.ts';
import { inner, readExpression } from './expression.ts';
import type { NameTest } from './names.ts';
import type { WorkMeter } from './workMeter.ts';

/** 1-based. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

export function rowsOf(node: Node): Rows {
  return { from: node.startPosition.row + 1, to: node.endPosition.row + 1 };
}

/** One way in which a name gets its meaning. */
export type Binding = { readonly rows: Rows } & (
  | { readonly via: 'import'; readonly path: string }
  /** `added`: joined to what was there before. */
  | { readonly via: 'value' | 'added'; readonly value: Node; readonly member: string | undefined }
  | { readonly via: 'unknown' }
);

export interface ScopePorts {
  /** By the name as written, `a` or `a.b`. Scopes inside the file are not told apart: what may be meant, is. */
  readonly bindings: ReadonlyMap<string, readonly Binding[]>;
  readonly globals: ReadonlySet<string>;
  /** Calls that stand for the function they are given. */
  readonly transparent: NameTest;
  readonly work: WorkMeter;
}

export interface Values {
  /** Nothing else can be in it. */
  readonly complete: boolean;
  readonly values: readonly Expression[];
}

const unknown: Values = { complete: false, values: [] };
const emptyText: Expression = { kind: 'constant', text: '', truthy: false };
const longest = 8;
const manyNames = 8;
/** Of a name that is bound in many places, those nearest to its use. */
const manyBefore = 8;
const manyAfter = 4;
/** Enough to see what changed; more would only cost time. */
const longestTrail = 100;
const loaders = new Set(['require', 'import', '__import__', 'importlib.import_module']);
const receivers = new Set(['call', 'apply', 'bind', 'default']);

/** What the names in one file stand for. Remembers where it looked, because a change there changes the meaning here. */
export class Scope {
  readonly #ports: ScopePorts;
  readonly #read = new Map<number, Expression>();
  readonly #known = new Map<string, { readonly answer: unknown; readonly trail: readonly Rows[] }>();
  #trail: Rows[] = [];
  readonly #following = new Set<string>();

  constructor(ports: ScopePorts) {
    this.#ports = ports;
  }

  get work(): WorkMeter {
    return this.#ports.work;
  }

  /** Runs it and returns, with its answer, the rows of the bindings it followed. */
  following<T>(task: () => T): readonly [T, readonly Rows[]] {
    this.#trail = [];
    const answer = task();
    return [answer, this.#trail];
  }

  read(node: Node): Expression {
    const known = this.#read.get(node.id);
    if (known) return known;
    const expression = readExpression(node, this.work);
    this.#read.set(node.id, expression);
    return expression;
  }

  /**
   * The answer to a question about the values of a name, worked out once for each place it may be bound at: names lead to names, and
   * asking anew each time would take exponential time. `key` names the question; the type of its answers goes with it.
   */
  ask<T>(key: string, node: Node, task: (values: Values) => T): T {
    const found = this.#boundAt(node);
    if (found === undefined || this.#following.has(found.name)) return task(unknown);
    const { name, bindings } = found;
    return this.#remember(`${key} ${name} ${bindings[0]?.rows.from ?? ''}`, () => {
      this.#following.add(name);
      try {
        return task(this.#valuesOf(bindings));
      } finally {
        this.#following.delete(name);
      }
    });
  }

  /** Every dotted name an expression may stand for: `child_process.exec` for a `run` imported as such. Empty for what has no name. */
  names(node: Node | null, depth = 0): readonly string[] {
    if (node === null || depth > longest) return [];
    this.work.spend();
    const up = (child: Node | null | undefined): readonly string[] => this.names(child ?? null, depth + 1);
    switch (node.type) {
      case 'identifier':
        return this.#nameOf(node.text, node, depth);
      case 'this':
      case 'super':
      case 'import':
        return [node.type];
      case 'meta_property':
        return ['import.meta'];
      case 'member_expression':
      case 'attribute':
        return this.#member(node, (node.childForFieldName('property') ?? node.childForFieldName('attribute'))?.text ?? '', depth);
      case 'subscript_expression':
      case 'subscript':
        return this.#member(node, this.#index(node), depth);
      case 'parenthesized_expression':
      case 'await_expression':
      case 'await':
      case 'as_expression':
      case 'satisfies_expression':
      case 'non_null_expression':
        return up(inner(node)[0]);
      case 'sequence_expression':
      case 'type_assertion':
        return up(inner(node).at(-1));
      case 'ternary_expression':
        return [...up(node.childForFieldName('consequence')), ...up(node.childForFieldName('alternative'))].slice(0, manyNames);
      case 'call_expression':
      case 'call':
        return this.#called(node, depth);
      default:
        return [];
    }
  }

  #remember<T>(key: string, task: () => T): T {
    const known = this.#known.get(key);
    if (known) {
      this.#note(known.trail);
      return known.answer as T;
    }
    const outer = this.#trail;
    this.#trail = [];
    try {
      const answer = task();
      this.#known.set(key, { answer, trail: this.#trail });
      return answer;
    } finally {
      const inside = this.#trail;
      this.#trail = outer;
      this.#note(inside);
    }
  }

  #note(rows: readonly Rows[]): void {
    this.#trail.push(...rows.slice(0, longestTrail - this.#trail.length));
  }

  /** Where the name, or else what it is a member of, gets its value. */
  #boundAt(node: Node): { readonly name: string; readonly bindings: readonly Binding[] } | undefined {
    const name = written(node);
    if (name === undefined) return undefined;
    const [root = ''] = name.split('.');
    for (const each of root === name ? [name] : [name, root]) {
      const bindings = this.#ports.bindings.get(each);
      if (bindings) return { name: each, bindings: nearest(bindings, node.startPosition.row + 1) };
    }
    return undefined;
  }

  #valuesOf(bindings: readonly Binding[]): Values {
    const values: Expression[] = [];
    let complete = true;
    for (const binding of bindings) {
      this.work.spend();
      this.#note([binding.rows]);
      if (binding.via === 'value' || binding.via === 'added') {
        const value = this.read(binding.value);
        values.push(binding.via === 'value' ? value : { kind: 'joined', parts: [emptyText, value] });
        // A member of something is as known as all of it.
        if (binding.member !== undefined && value.kind !== 'all') complete = false;
      } else complete = false;
    }
    return { complete, values };
  }

  #nameOf(name: string, at: Node, depth: number): readonly string[] {
    const all = this.#following.has(name) ? undefined : this.#ports.bindings.get(name);
    if (all === undefined) return this.#ports.globals.has(name) ? [''] : [name];
    const bindings = nearest(all, at.startPosition.row + 1);
    return this.#remember(`name ${name} ${bindings[0]?.rows.from ?? ''}`, () => {
      this.#following.add(name);
      try {
        return this.#namesIn(name, bindings, depth);
      } finally {
        this.#following.delete(name);
      }
    });
  }

  #namesIn(name: string, bindings: readonly Binding[], depth: number): readonly string[] {
    const found = new Set<string>();
    for (const binding of bindings) {
      if (found.size >= manyNames) break;
      this.work.spend();
      this.#note([binding.rows]);
      if (binding.via === 'import') found.add(binding.path);
      else if (binding.via === 'unknown') found.add(name);
      else for (const of of this.names(binding.value, depth + 1)) found.add(binding.member === undefined ? of : dotted(of, binding.member));
    }
    // Bound to something without a name, such as a text.
    return found.size === 0 ? [name] : [...found];
  }

  #member(node: Node, member: string, depth: number): readonly string[] {
    const whole = written(node);
    if (whole !== undefined && !this.#following.has(whole) && this.#ports.bindings.has(whole)) return this.#nameOf(whole, node, depth);
    const object = node.childForFieldName('object') ?? node.childForFieldName('value');
    const names = this.names(object, depth + 1);
    return receivers.has(member) ? names : names.map((name) => dotted(name, member));
  }

  #index(node: Node): string {
    const index = node.childForFieldName('index') ?? node.childForFieldName('subscript');
    const value = index === null ? undefined : this.read(index);
    return value?.kind === 'constant' && value.text !== undefined ? value.text : '[]';
  }

  #called(node: Node, depth: number): readonly string[] {
    const callee = this.names(node.childForFieldName('function'), depth + 1);
    const args = node.childForFieldName('arguments');
    const [first, second] = args === null ? [] : inner(args);
    const text = (at: Node | undefined): string | undefined => {
      const value = at === undefined ? undefined : this.read(at);
      return value?.kind === 'constant' ? value.text : undefined;
    };
    if (callee.some((name) => loaders.has(name))) {
      const module = text(first);
      if (module !== undefined) return [moduleName(module)];
    }
    if (first && callee.includes('getattr')) {
      const member = text(second);
      if (member !== undefined) return this.names(first, depth + 1).map((name) => dotted(name, member));
    }
    if (first && callee.some(this.#ports.transparent)) return this.names(first, depth + 1);
    return callee.map((name) => `${name}()`);
  }
}

/** They are in the order of the text. */
function nearest(bindings: readonly Binding[], row: number): readonly Binding[] {
  if (bindings.length <= manyBefore + manyAfter) return bindings;
  let low = 0;
  let high = bindings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bindings[middle]?.rows.from ?? Infinity) <= row) low = middle + 1;
    else high = middle;
  }
  return bindings.slice(Math.max(0, low - manyBefore), low + manyAfter);
}

function dotted(name: string, member: string): string {
  return name === '' ? member : `${name}.${member}`;
}

export function moduleName(specifier: string): string {
  return specifier.replace(/^node:/, '');
}

/** `a` or `a.b` as it is written; `undefined` for what is longer than anybody would look up, or no name. */
export function written(node: Node): string | undefined {
  const members: string[] = [];
  let at: Node | null = node;
  while (at && (at.type === 'member_expression' || at.type === 'attribute') && members.length < longest) {
    members.unshift((at.childForFieldName('property') ?? at.childForFieldName('attribute'))?.text ?? '');
    at = at.childForFieldName('object');
  }
  if (at?.type !== 'identifier' && at?.type !== 'this' && at?.type !== 'shorthand_property_identifier') {
    return at?.type === 'shorthand_property_identifier_pattern' && members.length === 0 ? at.text : undefined;
  }
  return [at.text, ...members].join('.');
}
