import type { Clock } from '../../base/clock.ts';
import { CodedError, isCodedError, messageOf } from '../../base/errors.ts';
import type { MissionId, RequestId } from '../../base/ids.ts';
import type { ApprovalRequest } from '../../contracts/approval.ts';
import type { KernelApi, KernelSnapshot, ReviewDetail } from '../../contracts/kernelApi.ts';
import type { Logger } from '../../contracts/logger.ts';
import type { FileReview } from '../../contracts/review.ts';
import { approvalChannel } from '../../protocol/approval.ts';
import type { ApprovalChannel } from '../../protocol/approval.ts';
import { ChannelHost } from '../../protocol/channelHost.ts';
import type { EventMessage, ParamsOf, Problem, ResponseMessage } from '../../protocol/messages.ts';
import type { NextView, ReviewEvent, StopView } from '../../protocol/reviewView.ts';
import { workOf, type NotesStore } from './notesStore.ts';
import { picturesOf } from './pictures.ts';
import { requestIdOf } from './requestIdOf.ts';
import { toReviewView } from './reviewMapper.ts';
import { cut, sentence } from './words.ts';
import type { Calendar } from './words.ts';

/** One file of a review that belongs to a mission, so that both of its sides can be read. */
export interface ReviewedFile {
  readonly missionId: MissionId;
  readonly file: FileReview;
}

/** What the session asks of the editor around it. */
export interface ReviewEditor {
  readonly trusted: boolean;
  /** Absolute paths of editors with unsaved changes. */
  unsavedPaths(): readonly string[];
  openDiff(reviewed: ReviewedFile): Promise<void>;
  /** The reviewed text, read-only, at a 1-based line. */
  openFile(reviewed: ReviewedFile, line: number): Promise<void>;
  copy(text: string): Promise<void>;
}

export interface ApprovalSessionPorts {
  readonly kernel: Pick<KernelApi, 'snapshot' | 'review' | 'decide' | 'narrow' | 'refused' | 'liftSwitch' | 'blob'>;
  readonly editor: ReviewEditor;
  readonly notes: NotesStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly calendar: Calendar;
  readonly logger: Logger;
  /** The person at this editor, as the record names them. */
  readonly user: string;
  post(message: ResponseMessage | EventMessage): void;
  /** Called with what is on the screen after each change. */
  shown(event: ReviewEvent): void;
}

export class ApprovalSessionError extends CodedError<
  'unknown-request' | 'stale-digest' | 'already-decided' | 'untrusted-workspace' | 'unknown-file' | 'stale-switch' | 'no-picture'
> {}

interface Shown {
  readonly event: ReviewEvent;
  readonly detail: ReviewDetail | undefined;
}

/**
 * What one approval panel shows and what its messages may do. Holds no state the kernel does not hold, but which request
 * is looked at. A click reaches the kernel only with the request id and digest that are on the screen.
 */
export class ApprovalSession implements Disposable {
  readonly #ports: ApprovalSessionPorts;
  readonly #channel: ChannelHost<ApprovalChannel>;
  readonly #deciding = new Set<string>();
  /** Requests of which a part was sent to be checked from here: what is asked in their place is shown by itself. */
  readonly #narrowed = new Set<string>();
  #wanted: RequestId | undefined;
  #snapshot: KernelSnapshot | undefined;
  #shown: Shown | undefined;
  #posted = '';
  #refreshing: Promise<void> | undefined;
  #again = false;
  #disposed = false;

  constructor(ports: ApprovalSessionPorts) {
    this.#ports = ports;
    this.#channel = new ChannelHost(
      approvalChannel,
      {
        requests: {
          ready: async () => {
            this.#posted = '';
            await this.refresh();
            return {};
          },
          decide: (params) => this.#decide(params),
          narrow: (params) => this.#narrow(params),
          keepNotes: async ({ requestId, notes }) => {
            const detail = this.#shown?.detail;
            if (detail?.request.id !== requestId)
              return this.#refuse(requestId, 'unknown-request', 'that request is not the one on the screen; nothing was kept');
            await ports.notes.save(workOf(detail.request), notes);
            return {};
          },
          picture: async ({ requestId, path }) => {
            const { missionId, file } = await this.#reviewed(requestId, path);
            const pictures = await picturesOf(file, (side, name) => ports.kernel.blob(missionId, side, name));
            if (!pictures.ok) throw new ApprovalSessionError('no-picture', pictures.error);
            return pictures.value;
          },
          openDiff: async ({ requestId, path }) => {
            await ports.editor.openDiff(await this.#reviewed(requestId, path));
            return {};
          },
          openFile: async ({ requestId, path, line }) => {
            await ports.editor.openFile(await this.#reviewed(requestId, path), line);
            return {};
          },
          show: async ({ requestId }) => {
            const pending = this.#snapshot?.approvals.find((request) => request.id === requestId);
            if (!pending) return this.#refuse(requestId, 'unknown-request', 'that request no longer waits; nothing was changed');
            await this.show(pending.id);
            return {};
          },
          liftSwitch: (params) => this.#lift(params),
        },
        commands: {
          copyDigest: async ({ requestId, digest }) => {
            await this.#onScreen(requestId, digest);
            await ports.editor.copy(digest);
          },
        },
      },
      {
        post: (message) => {
          if (!this.#disposed) ports.post(message);
        },
        describe: (thrown) => this.#describe(thrown),
        refused: (raw, reason) => void this.#record(requestIdOf(raw), reason),
      },
    );
  }

  /** Shows that request, or whichever waits. One that still waits for a decision is not taken from the screen for another. */
  async show(requestId?: RequestId): Promise<void> {
    if (requestId !== undefined) this.#wanted = requestId;
    else if (!this.#undecided()) this.#wanted = undefined;
    await this.refresh();
  }

  /** After a reload: the request that was on the screen, unless it is decided by now and another one waits. */
  async restore(kept: RequestId | undefined): Promise<void> {
    await this.show(kept);
    if (!this.#undecided() && this.#shown?.event.next) await this.show();
  }

  async update(snapshot: KernelSnapshot): Promise<void> {
    this.#snapshot = snapshot;
    await this.refresh();
  }

  /** Never rejects. Always answers. */
  receive(raw: unknown): Promise<void> {
    return this.#channel.receive(raw);
  }

  /** Asks the kernel anew and sends the whole picture, once for any number of calls meanwhile. Never rejects. */
  async refresh(): Promise<void> {
    this.#again = true;
    this.#refreshing ??= this.#refreshUntilStill();
    await this.#refreshing;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
  }

  #undecided(): boolean {
    const event = this.#shown?.event;
    return event?.state === 'review' && event.review.outcome.tone === 'pending';
  }

  async #refreshUntilStill(): Promise<void> {
    try {
      while (this.#again && !this.#disposed) {
        this.#again = false;
        this.#publish(await this.#look());
      }
    } finally {
      this.#refreshing = undefined;
    }
  }

  #publish(shown: Shown): void {
    this.#shown = shown;
    const content = JSON.stringify({ ...shown.event, now: 0 });
    if (content === this.#posted || this.#disposed) return;
    this.#posted = content;
    this.#channel.event('review', shown.event);
    this.#ports.shown(shown.event);
  }

  async #look(): Promise<Shown> {
    try {
      const snapshot = (this.#snapshot ??= await this.#ports.kernel.snapshot());
      if (this.#wanted !== undefined) {
        const known = await this.#lookAt(this.#wanted, snapshot);
        if (known) return known;
        // A panel restored after days may name a request the store has forgotten.
        this.#wanted = undefined;
      }
      this.#wanted = waiting(snapshot, undefined, this.#ports.clock.now())[0]?.id;
      const first = this.#wanted && (await this.#lookAt(this.#wanted, snapshot));
      return first ?? { event: { state: 'empty', ...this.#frame(snapshot) }, detail: undefined };
    } catch (error) {
      this.#ports.logger.log('error', 'the review could not be read', { error });
      const problem = this.#describe(error);
      const remedy = 'Nothing was decided. Run GoNoGo: Show Health to see what is wrong, then GoNoGo: Show Approvals to try again.';
      return { event: { state: 'error', message: problem.message, remedy, ...this.#frame(this.#snapshot) }, detail: undefined };
    }
  }

  async #lookAt(requestId: RequestId, snapshot: KernelSnapshot): Promise<Shown | undefined> {
    const { clock, calendar, editor } = this.#ports;
    const detail = await this.#review(requestId);
    if (!detail) return undefined;
    const { state } = detail.request;
    if (state.status === 'superseded' && this.#narrowed.delete(requestId)) {
      this.#wanted = state.by;
      return this.#lookAt(state.by, snapshot);
    }
    const notes = this.#ports.notes.load(workOf(detail.request));
    const context = { now: clock.now(), calendar, trusted: editor.trusted, stopped: snapshot.switches.length > 0, notes };
    return { event: { state: 'review', review: toReviewView(detail, context), ...this.#frame(snapshot) }, detail };
  }

  async #review(requestId: RequestId): Promise<ReviewDetail | undefined> {
    try {
      return await this.#ports.kernel.review(requestId);
    } catch (error) {
      if (isCodedError(error) && error.code === 'unknown-request') return undefined;
      throw error;
    }
  }

  #frame(snapshot: KernelSnapshot | undefined): { now: number; stop?: StopView; next?: NextView } {
    const { clock, calendar } = this.#ports;
    const now = clock.now();
    const pulled = snapshot?.switches[0];
    const others = snapshot ? waiting(snapshot, this.#wanted, now) : [];
    const next = others[0];
    return {
      now,
      stop: pulled && {
        name: pulled.name,
        since: pulled.since,
        sinceText: calendar.when(pulled.since, now),
        by: pulled.by,
        reason: pulled.reason,
      },
      next: next && { requestId: next.id, title: nameOf(next, snapshot), waiting: others.length },
    };
  }

  async #decide({ requestId, digest, decision }: ParamsOf<ApprovalChannel, 'decide'>): Promise<Record<string, never>> {
    const detail = await this.#onScreen(requestId, digest);
    const comments = decision.kind === 'reject' ? (decision.comments ?? []) : [];
    const stray = comments.find(({ path }) => !detail.files.some((file) => file.path === path));
    if (stray)
      return this.#refuse(requestId, 'unknown-file', 'a comment is about a file that is not part of this review; take it back first');
    const { kernel, editor, user } = this.#ports;
    return this.#once(requestId, () => kernel.decide({ requestId: detail.request.id, digest, decision, by: user }, editor.unsavedPaths()));
  }

  async #narrow({ requestId, digest, selection }: ParamsOf<ApprovalChannel, 'narrow'>): Promise<Record<string, never>> {
    const { request, files } = await this.#onScreen(requestId, digest);
    if (selection.some(({ path }) => !files.some((file) => file.path === path)))
      return this.#refuse(requestId, 'unknown-file', 'the selection names a file that is not part of this review; select again');
    return this.#once(requestId, async () => {
      this.#narrowed.add(requestId);
      try {
        await this.#ports.kernel.narrow(request.id, digest, selection, this.#ports.user);
      } catch (error) {
        this.#narrowed.delete(requestId);
        throw error;
      }
    });
  }

  /** One word of the person at a time for each request, and only where they trust the workspace. */
  async #once(requestId: string, act: () => Promise<void>): Promise<Record<string, never>> {
    if (!this.#ports.editor.trusted)
      return this.#refuse(requestId, 'untrusted-workspace', 'this workspace is not trusted; trust it first, then decide');
    if (this.#deciding.has(requestId))
      return this.#refuse(requestId, 'already-decided', 'this was decided a moment ago; wait for the outcome');
    this.#deciding.add(requestId);
    try {
      await act();
      return {};
    } finally {
      this.#deciding.delete(requestId);
      void this.refresh();
    }
  }

  async #lift({ name, since }: ParamsOf<ApprovalChannel, 'liftSwitch'>): Promise<Record<string, never>> {
    if (this.#shown?.event.stop?.since !== since)
      return this.#refuse('', 'stale-switch', 'the stop on the screen is no longer the one in force; look again and resume from there');
    if (!this.#ports.editor.trusted)
      return this.#refuse('', 'untrusted-workspace', 'this workspace is not trusted; trust it first, then resume');
    await this.#ports.kernel.liftSwitch(name, since, this.#ports.user);
    this.#snapshot = undefined;
    void this.refresh();
    return {};
  }

  async #onScreen(requestId: string, digest: string): Promise<ReviewDetail> {
    const detail = this.#shown?.detail;
    if (detail?.request.id !== requestId)
      return this.#refuse(requestId, 'unknown-request', 'that request is not the one on the screen; look at it and decide there');
    if (detail.request.digest !== digest)
      return this.#refuse(requestId, 'stale-digest', 'the content changed since it was shown; look at it again and decide then');
    return detail;
  }

  async #reviewed(requestId: string, path: string): Promise<ReviewedFile> {
    const detail = this.#shown?.detail;
    const file = detail?.files.find((item) => item.path === path);
    const missionId = detail?.request.missionId;
    if (!file || missionId === undefined || detail?.request.id !== requestId)
      return this.#refuse(requestId, 'unknown-file', 'that file is not part of the review on the screen; choose one from its list');
    return { missionId, file };
  }

  /** Records it, then refuses. @throws always */
  async #refuse(requestId: string, code: ApprovalSessionError['code'], message: string): Promise<never> {
    await this.#record(requestId, `${code}: ${message}`);
    throw new ApprovalSessionError(code, message);
  }

  async #record(requestId: string, reason: string): Promise<void> {
    this.#ports.logger.log('warn', 'a message from the approval panel was refused', { requestId, reason });
    try {
      await this.#ports.kernel.refused(requestId, reason);
    } catch (error) {
      this.#ports.logger.log('error', 'the refusal could not be recorded', { requestId, error });
    }
  }

  #describe(thrown: unknown): Problem {
    if (isCodedError(thrown)) return { code: thrown.code, message: sentence(thrown.message) };
    this.#ports.logger.log('error', 'the approval panel met an unexpected error', { error: thrown, message: messageOf(thrown) });
    return { code: 'internal', message: 'Something went wrong inside GoNoGo. The log has the details.' };
  }
}

/** Requests that can still be decided, those of this window first, the longest waiting first. */
function waiting({ approvals, missions }: KernelSnapshot, except: string | undefined, now: number): ApprovalRequest[] {
  const elsewhere = new Set(missions.filter((mission) => mission.elsewhere).map((mission) => mission.id));
  const rank = ({ missionId }: ApprovalRequest): number => Number(missionId !== undefined && elsewhere.has(missionId));
  return approvals
    .filter((request) => request.state.status === 'pending' && request.expiresAt > now && request.id !== except)
    .sort((a, b) => rank(a) - rank(b) || a.askedAt - b.askedAt);
}

/** A review of changes is known by its mission's goal. */
function nameOf({ kind, missionId, title }: ApprovalRequest, snapshot: KernelSnapshot | undefined): string {
  const mission = kind === 'code.apply' ? snapshot?.missions.find(({ id }) => id === missionId) : undefined;
  return mission ? cut(mission.goal.trim(), 80) : title;
}
