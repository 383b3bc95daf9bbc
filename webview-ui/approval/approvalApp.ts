import type { ApprovalChannel } from '../../src/protocol/approval.ts';
import type { ChannelClient } from '../../src/protocol/channelClient.ts';
import type { ParamsOf } from '../../src/protocol/messages.ts';
import type { FileView, ReviewEvent, ReviewView } from '../../src/protocol/reviewView.ts';
import { h } from '../shared/h.ts';
import { ActionBar } from './actionBar.ts';
import { ChecksPane } from './checksPane.ts';
import { DiffPane } from './diffPane.ts';
import { FileList } from './fileList.ts';
import { Header } from './header.ts';
import { Notice } from './notice.ts';
import type { NoticeView } from './notice.ts';
import type { PanelState } from './panelState.ts';
import { ReviewModel } from './reviewModel.ts';
import { StopBanner } from './stopBanner.ts';

export interface ApprovalAppPorts {
  readonly root: HTMLElement;
  readonly channel: Pick<ChannelClient<ApprovalChannel>, 'request' | 'command'>;
  readonly state: PanelState;
  /** This machine's clock, in ms since the epoch. */
  now(): number;
}

/** The approval panel: draws whole snapshots and sends what the person chooses. */
export class ApprovalApp {
  readonly #ports: ApprovalAppPorts;
  readonly #stop: StopBanner;
  readonly #notice: Notice;
  readonly #header = new Header();
  readonly #model: ReviewModel;
  readonly #files: FileList;
  readonly #diff: DiffPane;
  readonly #checks = new ChecksPane((path, line) => this.#jump(path, line));
  readonly #actions: ActionBar;
  readonly #page: HTMLElement;
  #review: ReviewView | undefined;
  /** What the editor's clock is ahead of this one's. */
  #ahead = 0;

  constructor(ports: ApprovalAppPorts) {
    this.#ports = ports;
    this.#stop = new StopBanner(({ name, since }) => ports.channel.request('liftSwitch', { name, since }).then(() => undefined));
    this.#notice = new Notice((requestId) => this.#try('show', { requestId }));
    this.#model = new ReviewModel({
      state: ports.state,
      keep: (requestId, notes) => this.#try('keepNotes', { requestId, notes }),
      changed: () => this.#refresh(),
    });
    this.#files = new FileList(this.#model, (path) => this.#select(path));
    this.#diff = new DiffPane({
      model: this.#model,
      onScroll: (top) => ports.state.set({ diffScroll: top }),
      picture: async (path) => ports.channel.request('picture', { requestId: this.#review?.requestId ?? '', path }),
      leave: (direction) => this.#leave(direction),
    });
    this.#actions = new ActionBar({
      state: ports.state,
      model: this.#model,
      decide: async (decision) => {
        const review = this.#review;
        if (!review) return;
        await ports.channel.request('decide', { requestId: review.requestId, digest: review.digest, decision });
        if (decision.kind === 'reject' && this.#review?.requestId === review.requestId) this.#model.clearSent();
      },
      narrow: async (selection) => {
        const review = this.#review;
        if (review) await ports.channel.request('narrow', { requestId: review.requestId, digest: review.digest, selection });
      },
      openDiff: () => {
        const path = ports.state.value.selectedPath;
        if (this.#review && path !== undefined) this.#try('openDiff', { requestId: this.#review.requestId, path });
      },
      copyDigest: () => {
        if (this.#review) ports.channel.command('copyDigest', { requestId: this.#review.requestId, digest: this.#review.digest });
      },
      showNext: (requestId) => this.#try('show', { requestId }),
    });
    const columns = h('div', { class: 'columns' }, this.#files.element, this.#diff.element, this.#checks.element);
    this.#page = h('div', { class: 'page' }, this.#header.element, columns, this.#actions.element);
    ports.root.replaceChildren(this.#stop.element, this.#notice.element, this.#page);
    this.#showNotice({ state: 'loading' });
  }

  show(event: ReviewEvent): void {
    this.#ahead = event.now - this.#ports.now();
    this.#stop.update(event.stop);
    if (event.state !== 'review') return this.#showNotice(event);
    const { review } = event;
    const first = review.requestId !== this.#review?.requestId;
    this.#review = review;
    this.#ports.state.begin(review.requestId);
    this.#model.adopt(review);
    this.#mark(review);
    this.#notice.element.hidden = true;
    this.#page.hidden = false;
    const file = this.#selected(review);
    const { diffScroll } = this.#ports.state.value;
    this.#header.update(review);
    this.#files.update(review, file?.path);
    this.#diff.update(review, file);
    this.#checks.update(review);
    this.#actions.update(review, event.next);
    if (first) this.#diff.scrollTo(diffScroll);
    this.tick();
  }

  /** Something arrived that this page cannot read: it must not go on showing what may be old. */
  fail(message: string): void {
    this.#showNotice({ state: 'error', message, remedy: 'Nothing was decided. Run GoNoGo: Show Approvals to open it again.' });
  }

  /** A message of ours that found no reader. */
  problem(message: string): void {
    if (this.#review) this.#actions.say(message);
    else this.fail(message);
  }

  /** Once a second. */
  tick(): void {
    if (!this.#review) return;
    const left = this.#review.expiresAt - (this.#ports.now() + this.#ahead);
    this.#header.tick(left);
    this.#actions.expire(left <= 0 && this.#review.outcome.tone === 'pending');
  }

  #showNotice(view: NoticeView | ReviewEvent): void {
    this.#review = undefined;
    this.#mark(undefined);
    this.#page.hidden = true;
    this.#notice.element.hidden = false;
    if (view.state === 'error') this.#notice.update({ state: 'error', message: view.message, remedy: view.remedy, next: view.next });
    else if (view.state !== 'review') this.#notice.update({ state: view.state });
  }

  #mark(review: ReviewView | undefined): void {
    const { dataset } = this.#ports.root;
    delete dataset['requestId'];
    delete dataset['digest'];
    delete dataset['outcome'];
    if (review) Object.assign(dataset, { requestId: review.requestId, digest: review.digest, outcome: review.outcome.tone });
  }

  #selected({ files }: ReviewView): FileView | undefined {
    const { selectedPath } = this.#ports.state.value;
    const file = files.find(({ path }) => path === selectedPath) ?? files[0];
    if (file && file.path !== selectedPath) this.#ports.state.set({ selectedPath: file.path, diffScroll: 0 });
    return file;
  }

  #select(path: string): void {
    const review = this.#review;
    if (!review || path === this.#ports.state.value.selectedPath) return;
    this.#ports.state.set({ selectedPath: path, diffScroll: 0 });
    this.#files.select(path);
    this.#diff.update(review, this.#selected(review));
  }

  /** The person has kept, left out, read or said something. */
  #refresh(): void {
    this.#files.refresh();
    this.#diff.refresh();
    this.#actions.refresh();
  }

  /** On to the nearest file with a change of lines, among those the filter lets through. */
  #leave(direction: 1 | -1): void {
    const { shown } = this.#model;
    const at = shown.findIndex(({ path }) => path === this.#ports.state.value.selectedPath);
    const further = direction === 1 ? shown.slice(at + 1) : shown.slice(0, Math.max(0, at)).reverse();
    const { folded } = this.#ports.state.value;
    const file = further.find(({ path, hunks }) => hunks.length > 0 && !folded.includes(path));
    if (!file) return;
    this.#select(file.path);
    this.#diff.go(direction, undefined);
  }

  #jump(path: string, line: number): void {
    const review = this.#review;
    if (!review) return;
    if (review.files.some((file) => file.path === path)) this.#select(path);
    if (this.#ports.state.value.selectedPath === path && this.#diff.reveal(line)) return;
    this.#try('openFile', { requestId: review.requestId, path, line });
  }

  #try<M extends 'openDiff' | 'openFile' | 'show' | 'keepNotes'>(method: M, params: ParamsOf<ApprovalChannel, M>): void {
    this.#ports.channel
      .request(method, params)
      .catch((error: unknown) => this.problem(error instanceof Error ? error.message : String(error)));
  }
}
