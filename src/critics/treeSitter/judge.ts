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

  readonly #key: string;

  /** @param key tells judges with another opinion of what is harmless apart */
  constructor(scope: Scope, harmless: NameTest, key: string) {
    this.#scope = scope;
    this.#harmless = harmless;
    this.#key = key;
  }

  /** Not known from the source alone. */
  isDynamic(of: Expression): boolean {
    switch (of.kind) {
      case 'constant':
      case 'function':
        return false;
      case 'dotted':
        return !this.#isHarmless(of.node) && !this.#everyValue('dynamic', of.node, (value) => !this.isDynamic(value));
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
        return this.#someValue('composed', of.node, (value) => this.isComposed(value));
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
        return this.#someValue('text', of.node, (value) => this.isText(value));
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
        return !this.#everyValue('truthy', of.node, (value) => !this.isTruthy(value));
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
      case 'dotted':
        return this.#scope.ask('texts', of.node, ({ values }) => values.flatMap((value) => this.texts(value)).slice(0, manyTexts));
      case 'function':
      case 'other':
        return [];
    }
  }

  /** Whether a name in it matches, and nothing makes it harmless on the way. */
  mentions(of: Expression, word: RegExp): boolean {
    const test = (name: string): boolean => word.test(name);
    switch (of.kind) {
      case 'dotted':
        if (this.#isHarmless(of.node)) return false;
        return (
          this.#scope.names(of.node).some(test) ||
          this.#someValue(`mentions ${word.source}`, of.node, (value) => this.mentions(value, word))
        );
      case 'joined':
      case 'anyOf':
      case 'all':
        return of.parts.some((part) => this.mentions(part, word));
      case 'call':
        if (this.#isHarmless(of.callee)) return false;
        return (
          this.#scope.names(of.callee).some(test) ||
          (of.receiver !== undefined && this.mentions(of.receiver, word)) ||
          of.parts.some((part) => this.mentions(part, word))
        );
      default:
        return false;
    }
  }

  #isHarmless(node: Node): boolean {
    const names = this.#scope.names(node);
    return names.length > 0 && names.every(this.#harmless);
  }

  #everyValue(key: string, node: Node, test: (value: Expression) => boolean): boolean {
    return this.#scope.ask(`${this.#key} ${key}`, node, ({ complete, values }) => complete && values.length > 0 && values.every(test));
  }

  #someValue(key: string, node: Node, test: (value: Expression) => boolean): boolean {
    return this.#scope.ask(`${this.#key} ${key}`, node, ({ values }) => values.some(test));
  }
}
