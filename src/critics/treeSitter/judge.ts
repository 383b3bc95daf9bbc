import type { Node } from '@vscode/tree-sitter-wasm';
import type { Expression } from './expression.ts';
import type { NameTest } from './names.ts';
import type { Scope } from './scope.ts';

const unknownText = '\uFFFC';
const manyTexts = 20;

/** Answers the questions of the rules about expressions. When in doubt, the answer is the one that a person gets to see. */
export class Judge {
  readonly #scope: Scope;
  /** Names and calls that carry nobody's words. */
  readonly #harmless: NameTest;

  constructor(scope: Scope, harmless: NameTest) {
    this.#scope = scope;
    this.#harmless = harmless;
  }

  /** Not known from the source alone. */
  isDynamic(of: Expression): boolean {
    switch (of.kind) {
      case 'constant':
      case 'function':
        return false;
      case 'dotted':
        return !this.#isHarmless(of.node) && !this.#everyValue(of.node, (value) => !this.isDynamic(value));
      case 'joined':
      case 'anyOf':
      case 'all':
        return of.parts.some((part) => this.isDynamic(part));
      case 'call':
        return !this.#isHarmless(of.callee);
      case 'other':
        return true;
    }
  }

  /** Text that was put together with something that is not known from the source alone. */
  isComposed(of: Expression): boolean {
    switch (of.kind) {
      case 'joined':
        return of.parts.some((part) => this.isDynamic(part));
      case 'dotted':
        return this.#someValue(of.node, (value) => this.isComposed(value));
      case 'anyOf':
      case 'all':
        return of.parts.some((part) => this.isComposed(part));
      case 'call':
        if (this.#isHarmless(of.callee)) return false;
        return (of.receiver !== undefined && this.isComposed(of.receiver)) || of.parts.some((part) => this.isComposed(part));
      case 'constant':
      case 'function':
      case 'other':
        return false;
    }
  }

  isText(of: Expression): boolean {
    switch (of.kind) {
      case 'constant':
        return of.text !== undefined;
      case 'joined':
        return true;
      case 'dotted':
        return this.#someValue(of.node, (value) => this.isText(value));
      case 'anyOf':
        return of.parts.some((part) => this.isText(part));
      default:
        return false;
    }
  }

  isTruthy(of: Expression): boolean {
    switch (of.kind) {
      case 'constant':
        return of.truthy;
      case 'anyOf':
        return of.parts.some((part) => this.isTruthy(part));
      case 'dotted':
        return !this.#everyValue(of.node, (value) => !this.isTruthy(value));
      default:
        return true;
    }
  }

  /** What the text may be, with a mark for what is not known. */
  texts(of: Expression): readonly string[] {
    switch (of.kind) {
      case 'constant':
        return [of.text ?? unknownText];
      case 'joined':
        return [of.parts.map((part) => this.texts(part)[0] ?? unknownText).join('')];
      case 'anyOf':
      case 'all':
        return of.parts.flatMap((part) => this.texts(part)).slice(0, manyTexts);
      case 'call':
        return [...(of.receiver ? [of.receiver] : []), ...of.parts].flatMap((part) => this.texts(part)).slice(0, manyTexts);
      case 'dotted': {
        const { values } = this.#scope.values(of.node);
        return this.#scope.within(of.node, () => values.flatMap((value) => this.texts(value)).slice(0, manyTexts));
      }
      case 'function':
      case 'other':
        return [];
    }
  }

  /** Whether a name in it is one of those, and nothing makes it harmless on the way. */
  mentions(of: Expression, test: NameTest): boolean {
    switch (of.kind) {
      case 'dotted':
        if (this.#isHarmless(of.node)) return false;
        return this.#scope.names(of.node).some(test) || this.#someValue(of.node, (value) => this.mentions(value, test));
      case 'joined':
      case 'anyOf':
      case 'all':
        return of.parts.some((part) => this.mentions(part, test));
      case 'call':
        if (this.#isHarmless(of.callee)) return false;
        return (
          this.#scope.names(of.callee).some(test) ||
          (of.receiver !== undefined && this.mentions(of.receiver, test)) ||
          of.parts.some((part) => this.mentions(part, test))
        );
      default:
        return false;
    }
  }

  #isHarmless(node: Node): boolean {
    const names = this.#scope.names(node);
    return names.length > 0 && names.every(this.#harmless);
  }

  #everyValue(node: Node, test: (value: Expression) => boolean): boolean {
    const { complete, values } = this.#scope.values(node);
    return complete && values.length > 0 && this.#scope.within(node, () => values.every(test));
  }

  #someValue(node: Node, test: (value: Expression) => boolean): boolean {
    const { values } = this.#scope.values(node);
    return values.length > 0 && this.#scope.within(node, () => values.some(test));
  }
}
