import { maxReasonLength } from '../../src/protocol/approval.ts';
import type { ParamsOf } from '../../src/protocol/messages.ts';
import type { ApprovalChannel } from '../../src/protocol/approval.ts';
import type { NextView, OutcomeView, ReviewView } from '../../src/protocol/reviewView.ts';
import { button, progressRing, textArea } from '../components/toolkit.ts';
import { h, icon, replace } from '../shared/h.ts';
import type { Child } from '../shared/h.ts';
import { shownText } from '../shared/shownText.ts';
import type { PanelState } from './panelState.ts';
import type { ReviewModel } from './reviewModel.ts';
import type { Selection } from './selection.ts';

export type Decision = ParamsOf<ApprovalChannel, 'decide'>['decision'];

export interface ActionBarPorts {
  readonly state: PanelState;
  readonly model: Pick<ReviewModel, 'selection' | 'sendable'>;
  /** Rejects when the decision was not accepted. */
  decide(decision: Decision): Promise<void>;
  /** Rejects when the selection was not accepted. */
  narrow(selection: Selection): Promise<void>;
  openDiff(): void;
  copyDigest(): void;
  showNext(requestId: string): void;
}

type Mode = 'choosing' | 'rejecting' | 'sending';

const toneIcons: Record<Exclude<OutcomeView['tone'], 'busy' | 'pending'>, string> = { good: 'pass', bad: 'error', neutral: 'info' };

const partKept = 'You left something out. Check Selection has the rest tested by itself and asks you again; then you can approve it.';
const nothingKept = 'Nothing is kept. Keep something and check it, or reject the whole.';

/** The decision: sent once, with the digest on the screen, and only while it can be taken. */
export class ActionBar {
  readonly element: HTMLElement;
  readonly #ports: ActionBarPorts;
  readonly #status = h('div', { class: 'status', role: 'status' });
  readonly #problem = h('div', { class: 'problem', role: 'alert' });
  readonly #approve = button({ label: 'Approve', icon: 'check', look: 'primary', onClick: () => void this.#send({ kind: 'approve' }) });
  readonly #check = button({ label: 'Check Selection', icon: 'beaker', look: 'primary', onClick: () => void this.#sendSelection() });
  readonly #reject = button({ label: 'Reject', icon: 'close', onClick: () => this.#ask() });
  readonly #openDiff = button({ label: 'Open Diff', icon: 'diff', onClick: () => this.#ports.openDiff() });
  readonly #reason = textArea({
    label: 'Why not? The agent and the record get your reason.',
    rows: 3,
    maxLength: maxReasonLength,
    onInput: (value) => this.#draft(value),
  });
  readonly #count = h('span', { class: 'quiet count', 'aria-hidden': 'true' });
  readonly #sendReason = button({ label: 'Send Reason', icon: 'send', look: 'primary', onClick: () => void this.#sendRejection() });
  readonly #back = button({ label: 'Back', onClick: () => this.#goBack() });
  readonly #form = h(
    'div',
    { class: 'reject', role: 'group', 'aria-label': 'Reason for rejecting' },
    this.#reason,
    h('div', { class: 'buttons' }, this.#sendReason, this.#back, this.#count),
  );
  readonly #buttons = h('div', { class: 'buttons' }, this.#check, this.#approve, this.#reject, this.#openDiff);
  readonly #seal = h('div', { class: 'seal' });
  #mode: Mode = 'choosing';
  #view: ReviewView | undefined;
  #next: NextView | undefined;
  #expired = false;
  #statusKey = '';
  #sealKey = '';

  constructor(ports: ActionBarPorts) {
    this.#ports = ports;
    this.element = h(
      'footer',
      { class: 'actions' },
      this.#problem,
      this.#status,
      this.#form,
      h('div', { class: 'row' }, this.#buttons, this.#seal),
    );
    this.#form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#goBack();
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.isTrusted) void this.#sendRejection();
    });
  }

  update(view: ReviewView, next: NextView | undefined): void {
    if (view.requestId !== this.#view?.requestId) {
      const { rejecting, rejectDraft } = this.#ports.state.value;
      this.#mode = rejecting && view.rejectBlocked === undefined ? 'rejecting' : 'choosing';
      this.#reason.value = rejectDraft;
      this.#expired = false;
      this.#say('');
    } else if (view.outcome.tone !== 'pending') this.#mode = 'choosing';
    this.#view = view;
    this.#next = next;
    this.#draw();
  }

  expire(expired: boolean): void {
    if (expired === this.#expired) return;
    this.#expired = expired;
    this.#draw();
  }

  /** Says what went wrong, until the next try. */
  say(problem: string): void {
    this.#say(problem);
  }

  /** The selection or the comments have changed. */
  refresh(): void {
    this.#draw();
  }

  #ask(): void {
    this.#mode = 'rejecting';
    this.#ports.state.set({ rejecting: true });
    this.#say('');
    this.#draw();
    this.#reason.focus();
  }

  #goBack(): void {
    if (this.#mode !== 'rejecting') return;
    this.#mode = 'choosing';
    this.#ports.state.set({ rejecting: false });
    this.#say('');
    this.#draw();
    this.#reject.focus();
  }

  #draft(value: string): void {
    this.#ports.state.set({ rejectDraft: value.slice(0, maxReasonLength) });
    this.#count.textContent = `${value.length} of ${maxReasonLength}`;
    if (value.trim() !== '') this.#say('');
  }

  async #sendRejection(): Promise<void> {
    if (this.#mode !== 'rejecting') return;
    const reason = this.#reason.value.trim().slice(0, maxReasonLength);
    if (reason === '') {
      this.#say('Say in a few words why you reject this.');
      this.#reason.focus();
      return;
    }
    const comments = this.#ports.model.sendable.map(({ path, side, line, text }) => ({ path, side, line, text }));
    await this.#send({ kind: 'reject', reason, ...(comments.length > 0 ? { comments } : {}) });
  }

  async #sendSelection(): Promise<void> {
    const { selection } = this.#ports.model;
    if (selection && selection.length > 0) await this.#sending(() => this.#ports.narrow(selection));
  }

  async #send(decision: Decision): Promise<void> {
    await this.#sending(async () => {
      await this.#ports.decide(decision);
      this.#ports.state.set({ rejecting: false, rejectDraft: '' });
    });
  }

  async #sending(act: () => Promise<void>): Promise<void> {
    const before = this.#mode;
    if (before === 'sending') return;
    this.#mode = 'sending';
    this.#say('');
    this.#draw();
    try {
      // Stays as it is until the next snapshot tells the outcome: there is nothing to send twice.
      await act();
    } catch (error) {
      this.#mode = before;
      this.#say(error instanceof Error ? error.message : String(error));
      this.#draw();
    }
  }

  #say(problem: string): void {
    if (this.#problem.textContent === problem) return;
    replace(this.#problem, ...(problem === '' ? [] : [icon('error', 'no-go'), h('span', {}, ...shownText(problem))]));
  }

  #draw(): void {
    const view = this.#view;
    if (!view) return;
    const expired = this.#expired ? 'This request has expired.' : undefined;
    const sending = this.#mode === 'sending';
    const selection = view.outcome.tone === 'pending' ? this.#ports.model.selection : undefined;
    const part = selection && (selection.length === 0 ? nothingKept : partKept);
    this.#check.hidden = !selection;
    this.#check.disabled = sending || selection?.length === 0 || (view.approveBlocked ?? expired) !== undefined;
    this.#approve.disabled = sending || (view.approveBlocked ?? expired ?? part) !== undefined;
    this.#approve.setAttribute('appearance', selection ? 'secondary' : 'primary');
    this.#reject.disabled = sending || (view.rejectBlocked ?? expired) !== undefined;
    this.#openDiff.disabled = view.files.length === 0;
    this.#sendReason.disabled = this.#reject.disabled;
    this.#form.hidden = this.#mode !== 'rejecting';
    this.#buttons.hidden = this.#mode === 'rejecting';
    this.#count.textContent = `${this.#reason.value.length} of ${maxReasonLength}`;
    this.#drawStatus(view, sending, view.approveBlocked ?? expired ?? part);
    this.#drawSeal(view);
  }

  #drawStatus({ outcome, narrowed }: ReviewView, sending: boolean, blocked: string | undefined): void {
    const comments = outcome.tone === 'pending' ? this.#ports.model.sendable.length : 0;
    const key = JSON.stringify([outcome, narrowed, sending, blocked, comments, this.#next]);
    if (key === this.#statusKey) return;
    this.#statusKey = key;
    replace(
      this.#status,
      narrowed !== undefined && outcome.tone === 'pending' && said('filter', narrowed),
      ...statusOf(outcome, sending, blocked),
      comments > 0 && said('comment', `${comments === 1 ? '1 comment goes' : `${comments} comments go`} to the record with a rejection.`),
      outcome.tone !== 'pending' && this.#nextElement(),
    );
  }

  #nextElement(): HTMLElement | undefined {
    const next = this.#next;
    if (!next) return undefined;
    const label = next.waiting === 1 ? 'One more waits:' : `${next.waiting} more wait, first:`;
    return h(
      'div',
      { class: 'next' },
      h('span', {}, `${label} `, ...shownText(next.title)),
      button({ label: 'Next Review', icon: 'arrow-right', onClick: () => this.#ports.showNext(next.requestId) }),
    );
  }

  #drawSeal({ digest, isolation }: ReviewView): void {
    const key = `${digest} ${isolation}`;
    if (key === this.#sealKey) return;
    this.#sealKey = key;
    const copy = h('button', {
      class: 'digest',
      type: 'button',
      title: `sha256 ${digest}\nClick to copy`,
    });
    copy.append(h('span', { class: 'spoken' }, 'Copy '), `${digest.slice(0, 4)}…${digest.slice(-4)}`, icon('copy'));
    copy.addEventListener('click', () => this.#ports.copyDigest());
    replace(
      this.#seal,
      h('span', {}, 'exactly these bytes: sha256 ', copy),
      isolation !== '' && h('span', {}, icon('lock'), h('span', {}, ...shownText(isolation))),
    );
  }
}

function said(name: string, text: string): HTMLElement {
  return h('div', { class: 'outcome' }, icon(name), h('span', {}, ...shownText(text)));
}

function statusOf(outcome: OutcomeView, sending: boolean, blocked: string | undefined): Child[] {
  if (outcome.tone !== 'pending') {
    const sign = outcome.tone === 'busy' ? progressRing() : icon(toneIcons[outcome.tone], outcome.tone);
    return [
      h(
        'div',
        { class: 'outcome' },
        sign,
        h('span', {}, h('strong', {}, ...shownText(outcome.headline)), ' ', ...shownText(outcome.detail)),
      ),
    ];
  }
  if (sending) return [h('div', { class: 'outcome' }, progressRing(), h('span', {}, 'Sending your decision…'))];
  return blocked === undefined ? [] : [h('div', { class: 'outcome' }, icon('info'), h('span', {}, blocked))];
}
