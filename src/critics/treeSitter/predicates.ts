import type { Node, QueryPredicate } from '@vscode/tree-sitter-wasm';
import type { Expression } from './expression.ts';
import { inner } from './expression.ts';
import type { Judge } from './judge.ts';
import { nameTest } from './names.ts';
import type { Scope } from './scope.ts';

/** One match of a query: its captures by name. */
export type Captures = ReadonlyMap<string, Node>;

export interface Question {
  /** About what a name stands for, or about a value. */
  readonly about: 'name' | 'value';
  /** What of the match it looks at. */
  readonly looksAt: (captures: Captures) => readonly Node[];
  readonly answer: (captures: Captures, scope: Scope, judge: Judge) => boolean;
}

type Words = Readonly<Record<string, RegExp>>;

/**
 * The predicates of the queries beyond tree-sitter's own. Where the capture holds arguments, the string after it picks one: `"0"` the
 * first, `""` all of them. `not-` in front turns an answer round.
 *
 * - `#names? @node "a.b" "c.*"`: the expression stands for one of those
 * - `#given? @args "0"`: there is such an argument
 * - `#dynamic?`: not known from the source alone
 * - `#composed?`: text put together with something dynamic
 * - `#text?`: text rather than a function
 * - `#truthy?`: may be taken for true
 * - `#says? … word`: the text matches that regular expression of the table
 * - `#mentions? … word`: a name in it matches that regular expression of the table
 *
 * @throws Error for any other predicate, so that a slip in a query shows when it is loaded
 */
export function questionOf({ operator, operands }: QueryPredicate, words: Words): Question {
  const negated = operator.startsWith('not-');
  const name = negated ? operator.slice(4) : operator;
  const [target, ...rest] = operands;
  if (target?.type !== 'capture') throw new Error(`the predicate \`#${operator}\` must begin with a capture`);
  const strings = rest.map((operand) => (operand.type === 'string' ? operand.value : `@${operand.name}`));
  const word = (): RegExp => {
    const found = words[strings.at(-1) ?? ''];
    if (!found) throw new Error(`the predicate \`#${operator}\` names no word of the table`);
    return found;
  };
  const capture = (captures: Captures): Node | undefined => captures.get(target.name);
  const nodes = (captures: Captures): readonly Node[] => picked(capture(captures), strings[0]);
  const ask = (test: (value: Expression, judge: Judge) => boolean): Question => ({
    about: 'value',
    looksAt: nodes,
    answer: (captures, scope, judge) => nodes(captures).some((node) => test(scope.read(node), judge)) !== negated,
  });
  switch (name) {
    case 'names?': {
      const test = nameTest(strings);
      return {
        about: 'name',
        looksAt: nodes,
        answer: (captures, scope) => scope.names(capture(captures) ?? null).some(test) !== negated,
      };
    }
    case 'given?':
      return ask(() => true);
    case 'dynamic?':
      return ask((value, judge) => judge.isDynamic(value));
    case 'composed?':
      return ask((value, judge) => judge.isComposed(value));
    case 'text?':
      return ask((value, judge) => judge.isText(value));
    case 'truthy?':
      return ask((value, judge) => judge.isTruthy(value));
    case 'says?': {
      const regex = word();
      return ask((value, judge) => judge.texts(value).some((text) => regex.test(text)));
    }
    case 'mentions?': {
      const regex = word();
      return ask((value, judge) => judge.mentions(value, regex));
    }
    default:
      throw new Error(`there is no predicate \`#${operator}\``);
  }
}

function picked(node: Node | undefined, pick: string | undefined): readonly Node[] {
  if (!node) return [];
  if (node.type !== 'arguments' && node.type !== 'argument_list') return [node];
  const all = inner(node);
  if (pick === undefined || pick === '') return all;
  const index = Number(pick);
  const positional = all.filter(({ type }) => type !== 'keyword_argument');
  // What is spread may hold the argument.
  const spread = positional.findIndex(({ type }) => type === 'spread_element' || type === 'list_splat');
  const at = spread >= 0 && spread < index ? spread : index;
  const found = positional[at] ?? (index === 0 ? all.find(({ type }) => type === 'keyword_argument') : undefined);
  return found ? [found] : [];
}
