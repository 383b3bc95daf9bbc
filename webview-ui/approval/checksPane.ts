import type { CheckView, ReviewView, TestsView } from '../../src/protocol/reviewView.ts';
import { h, icon } from '../shared/h.ts';
import type { Child } from '../shared/h.ts';
import { Section } from '../shared/section.ts';
import { shownText } from '../shared/shownText.ts';

type ChecksView = Pick<ReviewView, 'requestId' | 'checks' | 'tests' | 'stopped'>;

const looks: Record<CheckView['effect'], readonly [icon: string, word: string]> = {
  go: ['pass', 'GO'],
  hold: ['warning', 'HOLD'],
  wait: ['watch', 'WAIT'],
  'no-go': ['error', 'NO-GO'],
};
const testLooks: Record<TestsView['status'], readonly [effect: CheckView['effect'], words: string]> = {
  passed: ['go', 'Tests passed'],
  failed: ['no-go', 'Tests failed'],
  'not-run': ['hold', 'Tests did not run'],
};
/** The end of a long output says what went wrong. */
const maxOutput = 40_000;

/** What the checks said, how the tests went, and what was stopped on the way. */
export class ChecksPane {
  readonly element = h('section', { class: 'checks', 'aria-label': 'Checks', tabindex: 0 });
  readonly #onJump: (path: string, line: number) => void;
  readonly #section = new Section<ChecksView>(this.element, (view) => this.#draw(view));

  constructor(onJump: (path: string, line: number) => void) {
    this.#onJump = onJump;
  }

  update({ requestId, checks, tests, stopped }: ReviewView): void {
    this.#section.update({ requestId, checks, tests, stopped });
  }

  #draw({ checks, tests, stopped }: ChecksView): HTMLElement[] {
    return [
      h('h2', {}, 'Checks'),
      checks.length > 0
        ? h('ul', {}, ...checks.map((check) => this.#check(check)))
        : h('p', { class: 'quiet' }, 'No check had anything to say.'),
      ...(tests ? [h('h2', {}, 'Tests'), ...testElements(tests)] : []),
      h('h2', {}, 'Stopped on the way'),
      stopped.length > 0 ? h('ul', {}, ...stopped.map(stoppedElement)) : h('p', { class: 'quiet' }, 'Nothing was stopped.'),
    ];
  }

  #check({ check, effect, reason, path, line }: CheckView): HTMLElement {
    const where = path === undefined ? [] : [line === undefined ? h('bdi', {}, ...shownText(path)) : this.#jump(path, line)];
    return item(effect, looks[effect][1], check, [...shownText(reason)], where);
  }

  #jump(path: string, line: number): HTMLElement {
    // A link by its role: it leads to a place, it does nothing.
    const link = h(
      'button',
      { class: 'link', type: 'button', role: 'link', 'data-key': `${path}:${line}` },
      h('bdi', {}, ...shownText(path)),
      `:${line}`,
    );
    link.addEventListener('click', () => this.#onJump(path, line));
    return link;
  }
}

function item(effect: CheckView['effect'], word: string, name: string, reason: readonly Child[], extra: readonly Child[]): HTMLElement {
  return h(
    'li',
    { class: `check ${effect}` },
    icon(looks[effect][0], effect),
    h(
      'div',
      {},
      h('div', { class: 'headline' }, h('strong', {}, word), ' ', h('span', { class: 'name' }, ...shownText(name))),
      h('div', {}, ...reason),
      ...extra,
    ),
  );
}

function testElements({ status, summary, output, detail }: TestsView): HTMLElement[] {
  const [effect, words] = testLooks[status];
  const list = h(
    'ul',
    {},
    item(effect, words, '', shownText(summary), detail === '' ? [] : [h('div', { class: 'quiet' }, ...shownText(detail))]),
  );
  if (output === '') return [list];
  const details = h('details', { class: 'output' }, h('summary', {}, 'Output'));
  // Drawn when it is asked for: it may be long.
  details.addEventListener('toggle', () => details.append(outputElement(output)), { once: true });
  return [list, details];
}

function outputElement(output: string): HTMLElement {
  const left = output.length - maxOutput;
  const note = left > 0 ? `… ${left} characters before this are in the record.\n` : '';
  return h(
    'pre',
    { role: 'region', tabindex: 0, 'aria-label': 'Test output' },
    note,
    ...shownText(output.slice(-maxOutput), { keep: '\n\t' }),
  );
}

function stoppedElement({ at, kind, resource, check, reason }: ReviewView['stopped'][number]): HTMLElement {
  const what = h('div', { class: 'what' }, ...shownText(kind), ' ', h('code', {}, ...shownText(resource)));
  return item('no-go', 'NO-GO', check, [what, h('div', {}, ...shownText(reason))], [h('div', { class: 'quiet' }, `at ${at}`)]);
}
