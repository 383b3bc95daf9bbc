import type { MeterView, OutcomeView, ReviewView } from '../../src/protocol/reviewView.ts';
import { h, icon } from '../shared/h.ts';
import type { Child } from '../shared/h.ts';
import { Section } from '../shared/section.ts';
import { shownText } from '../shared/shownText.ts';
import { remainingText } from './remaining.ts';

type HeaderView = Pick<
  ReviewView,
  'preset' | 'goal' | 'risk' | 'askedBy' | 'askedAt' | 'model' | 'demo' | 'cost' | 'queue' | 'meters' | 'expiresAtText'
> & { readonly tone: OutcomeView['tone'] };

const stamps: Record<OutcomeView['tone'], readonly [word: string, icon: string]> = {
  pending: ['HOLD', 'debug-pause'],
  busy: ['GO', 'rocket'],
  good: ['GO', 'check'],
  bad: ['FAILED', 'error'],
  neutral: ['CLOSED', 'circle-slash'],
};
const riskIcons: Record<ReviewView['risk'], string> = { low: 'shield', medium: 'info', high: 'warning' };
const longGoal = 160;

/** What is asked, by whom, for how long, and what it costs. */
export class Header {
  readonly element = h('header', { class: 'header' });
  readonly #section = new Section<HeaderView>(this.element, (view) => this.#draw(view));
  readonly #remaining = h('span', { role: 'timer', 'aria-live': 'off' });

  update(view: ReviewView): void {
    const { preset, goal, risk, askedBy, askedAt, model, demo, cost, queue, meters, expiresAtText, outcome } = view;
    this.#section.update({ preset, goal, risk, askedBy, askedAt, model, demo, cost, queue, meters, expiresAtText, tone: outcome.tone });
  }

  tick(remainingMs: number): void {
    const text = remainingMs > 0 ? `expires in ${remainingText(remainingMs)}` : 'expired';
    if (this.#remaining.textContent !== text) this.#remaining.textContent = text;
    this.#remaining.classList.toggle('soon', remainingMs < 60_000);
  }

  #draw(view: HeaderView): HTMLElement[] {
    const [word, stampIcon] = stamps[view.tone];
    this.#remaining.title = `at ${view.expiresAtText}`;
    const stamp = h('span', { class: `stamp ${view.tone}` }, icon(stampIcon), word);
    const goal = shortened(view.goal);
    const title = h('h1', { class: 'goal' }, h('span', { class: 'preset' }, ...shownText(view.preset), ' · '), ...shownText(goal));
    const facts = h(
      'p',
      { class: 'facts' },
      h('span', { class: `fact risk-${view.risk}` }, icon(riskIcons[view.risk]), `risk ${view.risk}`),
      h('span', { class: 'fact' }, icon('account'), `asked ${view.askedAt} by `, ...shownText(view.askedBy)),
      view.tone === 'pending' && h('span', { class: 'fact' }, icon('clock'), this.#remaining),
    );
    const whole =
      goal !== view.goal &&
      h(
        'details',
        { class: 'whole-goal' },
        h('summary', {}, 'The whole goal'),
        h('p', { class: 'pre' }, ...shownText(view.goal, { keep: '\n\t' })),
      );
    const spending = h(
      'div',
      { class: 'spending' },
      h(
        'div',
        { class: 'group' },
        fact('Queue', view.queue),
        view.model !== '' && fact('Model', ...modelText(view)),
        view.cost !== '' && fact('Cost', view.cost, view.demo && demoTag()),
      ),
      h('div', { class: 'group' }, ...view.meters.map((meter) => meterElement(meter, view.demo))),
    );
    return [h('div', { class: 'title' }, stamp, title, facts), ...(whole ? [whole] : []), spending];
  }
}

function fact(label: string, ...children: readonly Child[]): HTMLElement {
  return h('span', { class: 'fact' }, h('span', { class: 'label' }, label), ...children);
}

function modelText({ model, demo }: HeaderView): Node[] {
  if (demo && model === 'DEMO') return [demoTag()];
  return demo ? [...shownText(model), demoTag()] : shownText(model);
}

function demoTag(): HTMLElement {
  return h('span', { class: 'demo', title: 'A scripted model: nothing is really spent' }, 'DEMO');
}

function shortened(goal: string): string {
  const line = goal.split('\n', 1)[0] ?? '';
  return line.length > longGoal ? `${line.slice(0, longGoal).trimEnd()}…` : line === goal ? goal : `${line}…`;
}

const levelWords: Record<MeterView['level'], string> = { ok: '', near: 'near the limit', over: 'used up' };

function meterElement(meter: MeterView, demo: boolean): HTMLElement {
  const spent = h('span', { class: 'spent' });
  const reserved = h('span', { class: 'reserved' });
  spent.style.width = `${meter.spentFraction * 100}%`;
  reserved.style.width = `${meter.reservedFraction * 100}%`;
  const note = [levelWords[meter.level], meter.reserved && `${meter.reserved} reserved`].filter((part) => part !== '').join(', ');
  const text = `${meter.spent} / ${meter.limit}`;
  const bar = h(
    'span',
    {
      class: 'bar',
      role: 'meter',
      'aria-label': `${meter.label} budget`,
      'aria-valuemin': 0,
      'aria-valuemax': 100,
      'aria-valuenow': Math.round(meter.spentFraction * 100),
      'aria-valuetext': [`${meter.spent} of ${meter.limit}`, note].filter((part) => part !== '').join(', '),
    },
    spent,
    reserved,
  );
  return h(
    'span',
    { class: `meter ${meter.level}`, 'data-scope': meter.scope },
    h('span', { class: 'label' }, meter.label),
    bar,
    h('span', { class: 'amount' }, text, note !== '' && h('span', { class: 'note' }, meter.level !== 'ok' && icon('warning'), note)),
    demo && demoTag(),
  );
}
