import type { Node } from '@vscode/tree-sitter-wasm';
import type { WorkMeter } from './workMeter.ts';
import { WorkExhausted } from './workMeter.ts';

/**
 * What an expression is to the rules, the same in every language. `constant` has a text when it is one; `joined` is text put together;
 * `dotted` is a name, perhaps behind dots; `anyOf` is one of its parts; `all` is made of its parts.
 */
export type Expression =
  | { readonly kind: 'constant'; readonly text: string | undefined; readonly truthy: boolean }
  | { readonly kind: 'dotted'; readonly node: Node }
  | { readonly kind: 'joined'; readonly parts: readonly Expression[] }
  | { readonly kind: 'anyOf' | 'all'; readonly parts: readonly Expression[] }
  | { readonly kind: 'call'; readonly callee: Node; readonly receiver: Expression | undefined; readonly parts: readonly Expression[] }
  /** `result` is what a function without a block gives back. */
  | { readonly kind: 'function'; readonly result: Expression | undefined }
  | { readonly kind: 'other' };

const deepest = 150;
const other: Expression = { kind: 'other' };

function constant(text?: string, truthy = text !== ''): Expression {
  return { kind: 'constant', text, truthy };
}

/** Methods whose receiver and arguments end up in one text. */
const joining = new Set([
  'concat',
  'join',
  'format',
  'format_map',
  'replace',
  'replaceAll',
  'replace_all',
  'safe_substitute',
  'substitute',
]);
/** Methods that only change the look of the text they are called on. */
const dressing = new Set([
  'trim',
  'strip',
  'toString',
  'encode',
  'decode',
  'trimStart',
  'trimEnd',
  'lstrip',
  'rstrip',
  'upper',
  'lower',
  'toUpperCase',
  'toLowerCase',
  'slice',
  'dedent',
]);
/** Methods that give back as many of their argument's results as there are items. */
const repeating = new Set(['map', 'fill', 'flatMap', 'from']);

/** @throws WorkExhausted when it is nested beyond reason, or too much in all */
export function readExpression(node: Node, work: WorkMeter, depth = 0): Expression {
  work.spend();
  if (depth > deepest) throw new WorkExhausted('an expression is nested too deeply');
  const read = (child: Node | null | undefined): Expression => (child ? readExpression(child, work, depth + 1) : other);
  const field = (name: string): Node | null => node.childForFieldName(name);
  switch (node.type) {
    case 'identifier':
    case 'shorthand_property_identifier':
    case 'member_expression':
    case 'attribute':
    case 'this':
    case 'meta_property':
      return { kind: 'dotted', node };
    case 'subscript_expression':
    case 'subscript':
      return { kind: 'dotted', node };
    case 'string':
    case 'template_string':
      return readString(node, read);
    case 'concatenated_string':
      return joined(inner(node).map(read));
    case 'parenthesized_expression':
    case 'await_expression':
    case 'await':
    case 'as_expression':
    case 'satisfies_expression':
    case 'non_null_expression':
    case 'spread_element':
    case 'list_splat':
    case 'dictionary_splat':
    case 'jsx_expression':
    case 'template_substitution':
      return read(inner(node)[0]);
    case 'type_assertion':
    case 'sequence_expression':
      return read(inner(node).at(-1));
    case 'assignment_expression':
      return read(field('right'));
    case 'named_expression':
    case 'keyword_argument':
    case 'pair':
      return read(field('value'));
    case 'ternary_expression':
      return { kind: 'anyOf', parts: [read(field('consequence')), read(field('alternative'))] };
    case 'conditional_expression':
      return { kind: 'anyOf', parts: [read(inner(node)[0]), read(inner(node)[2])] };
    case 'boolean_operator':
      return { kind: 'anyOf', parts: [read(field('left')), read(field('right'))] };
    case 'binary_expression':
    case 'binary_operator':
      return readOperator(node, work, depth);
    case 'array':
    case 'object':
    case 'list':
    case 'tuple':
    case 'set':
    case 'dictionary':
    case 'expression_list':
      return inner(node).length === 0
        ? constant(undefined, node.type === 'array' || node.type === 'object')
        : { kind: 'all', parts: inner(node).map(read) };
    case 'list_comprehension':
    case 'set_comprehension':
    case 'generator_expression':
      return { kind: 'all', parts: [read(field('body'))] };
    case 'call_expression':
    case 'call':
    case 'new_expression':
      return readCall(node, read);
    case 'arrow_function':
    case 'lambda': {
      const body = field('body');
      return { kind: 'function', result: body && body.type !== 'statement_block' ? read(body) : undefined };
    }
    case 'false':
    case 'none':
    case 'null':
    case 'undefined':
      return constant(undefined, false);
    case 'number':
    case 'integer':
    case 'float':
      return constant(node.text, Number(node.text) !== 0);
    // Numbers and answers: nobody's words.
    case 'true':
    case 'regex':
    case 'unary_expression':
    case 'unary_operator':
    case 'update_expression':
    case 'not_operator':
    case 'comparison_operator':
      return constant();
    default:
      return other;
  }
}

/** Named children but comments. */
export function inner(node: Node): readonly Node[] {
  return node.namedChildren.filter((child): child is Node => child !== null && child.type !== 'comment');
}

function joined(parts: readonly Expression[]): Expression {
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only) return only;
  const texts = parts.map((part) => (part.kind === 'constant' ? part.text : undefined));
  return texts.every((text) => text !== undefined) ? constant(texts.join('')) : { kind: 'joined', parts };
}

function readString(node: Node, read: (child: Node | null | undefined) => Expression): Expression {
  const parts: Expression[] = [];
  for (const child of inner(node)) {
    if (child.type === 'string_start' || child.type === 'string_end') continue;
    if (child.type === 'template_substitution') parts.push(read(child));
    else if (child.type === 'interpolation') parts.push(read(child.childForFieldName('expression')));
    else parts.push(constant(unescape(child.text)));
  }
  if (parts.length === 0) return constant('');
  const only = parts.length === 1 ? parts[0] : undefined;
  // Text around one value is still text.
  if (only && only.kind !== 'constant') return { kind: 'joined', parts: [only] };
  return joined(parts);
}

function unescape(text: string): string {
  return text
    .replace(/\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,5})\})/g, (_all, two?: string, four?: string, braced?: string) =>
      String.fromCodePoint(parseInt(two ?? four ?? braced ?? '0', 16)),
    )
    .replace(/\\[ntr\n]/g, ' ');
}

/** A chain of the same operator is as deep as it is long, so its left side is walked in a loop. */
function readOperator(node: Node, work: WorkMeter, depth: number): Expression {
  const read = (child: Node | null): Expression => (child ? readExpression(child, work, depth + 1) : other);
  const operatorOf = (at: Node): string => at.childForFieldName('operator')?.type ?? '';
  const operator = operatorOf(node);
  switch (operator) {
    case '+': {
      const parts: Expression[] = [];
      let left: Node | null = node;
      while (left?.type === node.type && operatorOf(left) === '+') {
        work.spend();
        parts.push(read(left.childForFieldName('right')));
        left = left.childForFieldName('left');
      }
      return joined([...parts, read(left)].reverse());
    }
    case '||':
    case '??':
    case '&&':
      return { kind: 'anyOf', parts: [read(node.childForFieldName('left')), read(node.childForFieldName('right'))] };
    case '%': {
      const left = read(node.childForFieldName('left'));
      const isText = node.type === 'binary_operator' && (left.kind !== 'constant' || left.text !== undefined);
      return isText ? { kind: 'joined', parts: [left, read(node.childForFieldName('right'))] } : constant();
    }
    case '*': {
      const sides = [read(node.childForFieldName('left')), read(node.childForFieldName('right'))];
      // As many question marks as there are values.
      return sides.find((side) => side.kind === 'all' || (side.kind === 'constant' && side.text !== undefined)) ?? constant();
    }
    case '/':
      // Of numbers, or of path and text.
      return node.type === 'binary_operator'
        ? { kind: 'all', parts: [read(node.childForFieldName('left')), read(node.childForFieldName('right'))] }
        : constant();
    default:
      return constant();
  }
}

function readCall(node: Node, read: (child: Node | null | undefined) => Expression): Expression {
  const callee = node.childForFieldName('function') ?? node.childForFieldName('constructor');
  if (!callee) return other;
  const args = node.childForFieldName('arguments');
  if (args?.type === 'template_string') {
    // What a tag makes of its text is the tag's business; only this one is known to leave it as it is.
    return callee.text === 'String.raw' ? readString(args, read) : { kind: 'call', callee, receiver: undefined, parts: [] };
  }
  const parts = args ? (args.type === 'generator_expression' ? [read(args)] : inner(args).map(read)) : [];
  const object = callee.childForFieldName('object');
  const method = (callee.childForFieldName('property') ?? callee.childForFieldName('attribute'))?.text ?? '';
  if (object && joining.has(method)) return joined([read(object), ...parts]);
  if (object && dressing.has(method)) return read(object);
  if (object && repeating.has(method)) {
    const result = parts.map((part) => (part.kind === 'function' ? (part.result ?? other) : part));
    return { kind: 'all', parts: result };
  }
  return { kind: 'call', callee, receiver: object ? read(object) : undefined, parts };
}
