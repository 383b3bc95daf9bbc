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

const longest = 8;
const manyNames = 8;
const loaders = new Set(['require', 'import', '__import__', 'importlib.import_module']);
const receivers = new Set(['call', 'apply', 'bind', 'default']);

/** What the names in one file stand for. Remembers where it looked, because a change there changes the meaning here. */
export class Scope {
  readonly #ports: ScopePorts;
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
    return readExpression(node, this.work);
  }

  /** Every dotted name an expression may stand for: `child_process.exec` for a `run` imported as such. Empty for what has no name. */
  names(node: Node | null, depth = 0): readonly string[] {
    if (node === null || depth > longest) return [];
    this.work.spend();
    const up = (child: Node | null | undefined): readonly string[] => this.names(child ?? null, depth + 1);
    switch (node.type) {
      case 'identifier':
        return this.#nameOf(node.text, depth);
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

  /** What a name may hold. */
  values(node: Node): Values {
    const none: Values = { complete: false, values: [] };
    const name = written(node);
    if (name === undefined || this.#following.has(name)) return none;
    const own = this.#ports.bindings.get(name);
    if (own !== undefined) return this.#valuesOf(name, own);
    // A member of something that is known as a whole.
    const [root = ''] = name.split('.');
    const whole = root === name || this.#following.has(root) ? undefined : this.#ports.bindings.get(root);
    return whole === undefined ? none : this.#valuesOf(root, whole);
  }

  /** Runs it while that name is taken as being looked at, so that a name that stands for itself comes to an end. */
  within<T>(node: Node, task: () => T): T {
    const [root = ''] = written(node)?.split('.') ?? [];
    const name = this.#ports.bindings.has(written(node) ?? '') ? (written(node) ?? '') : root;
    if (name === '' || this.#following.has(name)) return task();
    this.#following.add(name);
    try {
      return task();
    } finally {
      this.#following.delete(name);
    }
  }

  #valuesOf(name: string, bindings: readonly Binding[]): Values {
    const values: Expression[] = [];
    let complete = true;
    for (const binding of bindings) {
      this.work.spend();
      this.#trail.push(binding.rows);
      if (binding.via === 'value') values.push(this.read(binding.value));
      else if (binding.via === 'added') values.push({ kind: 'joined', parts: [{ kind: 'constant', text: '', truthy: false }, this.read(binding.value)] });
      else complete = false;
      if ('member' in binding && binding.member !== undefined) complete &&= values.at(-1)?.kind === 'all';
    }
    return { complete: complete && name !== '', values };
  }

  #nameOf(name: string, depth: number): readonly string[] {
    const bindings = this.#following.has(name) ? undefined : this.#ports.bindings.get(name);
    if (bindings === undefined) return this.#ports.globals.has(name) ? [''] : [name];
    const found = new Set<string>();
    this.#following.add(name);
    try {
      for (const binding of bindings) {
        if (found.size >= manyNames) break;
        this.work.spend();
        this.#trail.push(binding.rows);
        if (binding.via === 'import') found.add(binding.path);
        else if (binding.via === 'unknown') found.add(name);
        else for (const of of this.names(binding.value, depth + 1)) found.add(binding.member === undefined ? of : dotted(of, binding.member));
      }
    } finally {
      this.#following.delete(name);
    }
    // Bound to something without a name, such as a text.
    return found.size === 0 ? [name] : [...found];
  }

  #member(node: Node, member: string, depth: number): readonly string[] {
    const whole = written(node);
    if (whole !== undefined && !this.#following.has(whole) && this.#ports.bindings.has(whole)) return this.#nameOf(whole, depth);
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
