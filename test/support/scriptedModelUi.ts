import assert from 'node:assert/strict';
import type { ModelUi, PickRow, Question } from '../../src/editor/modelSetup.ts';

/** What a person does next: picks the row that begins so, types, or clicks; `undefined` is Escape. */
export type Step =
  | { readonly pick: string | undefined }
  | { readonly type: string | undefined; readonly after?: (question: Question) => void }
  | { readonly click: string | undefined };

/** A person who does what the script says, in that order, and remembers what was shown. */
export class ScriptedModelUi implements ModelUi {
  readonly picks: string[][] = [];
  readonly questions: Question[] = [];
  readonly told: string[] = [];
  readonly #steps: Step[];

  constructor(...steps: readonly Step[]) {
    this.#steps = [...steps];
  }

  /** Steps nobody asked for. */
  get left(): number {
    return this.#steps.length;
  }

  async pick<T>(
    _title: string,
    _placeHolder: string,
    rows: PromiseLike<readonly PickRow<T>[]> | readonly PickRow<T>[],
  ): Promise<T | undefined> {
    const all = await rows;
    this.picks.push(all.map(({ label, description }) => (description === undefined ? label : `${label} (${description})`)));
    const step = this.#next('pick');
    if (!('pick' in step) || step.pick === undefined) return undefined;
    const begin = step.pick;
    const row = all.find(({ label }) => label.startsWith(begin));
    assert.ok(row, `there is no row \`${begin}\` among ${all.map(({ label }) => label).join(', ')}`);
    return row.value;
  }

  async ask(question: Question): Promise<string | undefined> {
    this.questions.push(question);
    const step = this.#next('type');
    if (!('type' in step)) return undefined;
    step.after?.(question);
    if (step.type !== undefined) assert.equal(question.problem(step.type), undefined, `\`${step.type}\` for: ${question.prompt}`);
    return step.type;
  }

  busy<T>(_title: string, work: Promise<T>): Promise<T> {
    return work;
  }

  async tell(level: string, text: string, ...buttons: readonly string[]): Promise<string | undefined> {
    this.told.push(`${level}: ${text}`);
    if (buttons.length === 0) return undefined;
    const step = this.#next('click');
    if (!('click' in step) || step.click === undefined) return undefined;
    assert.ok(buttons.includes(step.click), `there is no button \`${step.click}\` among ${buttons.join(', ')}`);
    return step.click;
  }

  #next(kind: string): Step {
    const step = this.#steps.shift();
    assert.ok(
      step && kind in step,
      `the person was to ${kind}, and the script says ${JSON.stringify(step)}; told: ${this.told.join(' | ')}`,
    );
    return step;
  }
}

/** A secret storage in memory, which can be told to refuse or to stay silent. */
export class InMemorySecrets {
  readonly kept = new Map<string, string>();
  trouble: 'refuses' | 'silent' | undefined;

  async keys(): Promise<string[]> {
    await this.#answer();
    return [...this.kept.keys()];
  }

  async get(key: string): Promise<string | undefined> {
    await this.#answer();
    return this.kept.get(key);
  }

  async store(key: string, value: string): Promise<void> {
    await this.#answer(value);
    this.kept.set(key, value);
  }

  async delete(key: string): Promise<void> {
    await this.#answer();
    this.kept.delete(key);
  }

  async #answer(value = ''): Promise<void> {
    if (this.trouble === 'silent') await new Promise(() => undefined);
    if (this.trouble === 'refuses') throw new Error(`the keyring is locked ${value}`.trim());
  }
}
