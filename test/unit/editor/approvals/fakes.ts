import type { Clock } from '../../../../src/base/clock.ts';
import type { Sha256 } from '../../../../src/base/digest.ts';
import { CodedError } from '../../../../src/base/errors.ts';
import type { RequestId } from '../../../../src/base/ids.ts';
import type { ApprovalDecision, ApprovalRequest } from '../../../../src/contracts/approval.ts';
import type { KernelApi, KernelSnapshot, ReviewDetail } from '../../../../src/contracts/kernelApi.ts';
import type { FileSelection } from '../../../../src/contracts/review.ts';
import type { Logger } from '../../../../src/contracts/logger.ts';
import type { EventMessage, ResponseMessage } from '../../../../src/protocol/messages.ts';
import type { ReviewEvent } from '../../../../src/protocol/reviewView.ts';
import { ApprovalSession } from '../../../../src/editor/approvals/approvalSession.ts';
import type { ApprovalSessionPorts, ReviewEditor, ReviewedFile } from '../../../../src/editor/approvals/approvalSession.ts';
import { localCalendar } from '../../../../src/editor/approvals/words.ts';
import { WorkspaceNotes } from '../../../../src/editor/approvals/workspaceNotes.ts';
import { asked, detail, grantId, snapshot } from './samples.ts';

type Kernel = ApprovalSessionPorts['kernel'];

/** The part of the kernel a panel talks to, in memory: it checks a decision as the real one does and changes state by it. */
export class InMemoryKernel implements Kernel {
  readonly decisions: ApprovalDecision[] = [];
  readonly unsaved: (readonly string[])[] = [];
  readonly refusals: { requestId: string; reason: string }[] = [];
  readonly narrowed: { requestId: string; digest: string; selection: readonly FileSelection[]; by: string }[] = [];
  readonly blobs = new Map<string, Uint8Array>();
  readonly lifted: Parameters<KernelApi['liftSwitch']>[] = [];
  readonly details = new Map<string, ReviewDetail>();
  state: KernelSnapshot;
  reviews = 0;
  /** When set, a decision waits for it. */
  gate: Promise<void> | undefined;
  broken: Error | undefined;
  readonly #now: () => number;

  constructor(details: readonly ReviewDetail[] = [detail], now: () => number = () => asked) {
    this.#now = now;
    this.state = { ...snapshot, approvals: [], missions: [] };
    for (const item of details) this.put(item);
  }

  put(item: ReviewDetail): void {
    this.details.set(item.request.id, item);
    const all = [...this.details.values()];
    this.state = {
      ...this.state,
      approvals: all.map(({ request }) => request).filter(({ state }) => state.status === 'pending'),
      missions: all.flatMap(({ mission }) => (mission ? [mission] : [])),
    };
  }

  snapshot(): Promise<KernelSnapshot> {
    return Promise.resolve(this.state);
  }

  review(requestId: string): Promise<ReviewDetail> {
    this.reviews++;
    if (this.broken) return Promise.reject(this.broken);
    const found = this.details.get(requestId);
    if (found) return Promise.resolve(found);
    return Promise.reject(new CodedError('unknown-request', `there is no request \`${requestId}\`; look at the list again`));
  }

  async decide(decision: ApprovalDecision, unsavedPaths: readonly string[]): Promise<void> {
    await this.gate;
    const found = await this.review(decision.requestId);
    if (unsavedPaths.length > 0) throw new CodedError('unsaved-changes', 'src/total.ts has unsaved changes; save it, then approve again');
    if (found.request.state.status !== 'pending') throw new CodedError('already-decided', 'this was decided before; look at the outcome');
    this.decisions.push(decision);
    this.unsaved.push(unsavedPaths);
    const at = this.#now();
    const { decision: choice, by } = decision;
    const state: ApprovalRequest['state'] =
      choice.kind === 'approve'
        ? { status: 'approved', by, at, grantId }
        : { status: 'rejected', by, at, reason: choice.reason, ...(choice.comments ? { comments: choice.comments } : {}) };
    const mission = found.mission && {
      ...found.mission,
      status: choice.kind === 'approve' ? ('applying' as const) : ('rejected' as const),
    };
    this.put({ ...found, request: { ...found.request, state }, mission });
  }

  /** As the real one: the request stays while the part is checked; `finishNarrowing` brings the new one. */
  async narrow(requestId: string, digest: string, selection: readonly FileSelection[], by: string): Promise<void> {
    const found = await this.review(requestId);
    if (found.request.state.status !== 'pending') throw new CodedError('already-decided', 'this was decided before; look at the outcome');
    this.narrowed.push({ requestId, digest, selection, by });
    this.put({
      ...found,
      mission: found.mission && { ...found.mission, status: 'verifying', detail: 'Testing and checking your selection' },
    });
  }

  finishNarrowing(from: string, id: RequestId, digest: Sha256): void {
    const found = this.details.get(from);
    if (!found) throw new Error(`there is no request \`${from}\``);
    const selection = this.narrowed.at(-1)?.selection ?? [];
    const files = found.files.flatMap((file) => {
      const kept = selection.find(({ path }) => path === file.path);
      return kept ? [{ ...file, hunks: file.hunks.filter((_, index) => kept.hunks?.includes(index) ?? true) }] : [];
    });
    const mission = found.mission && { ...found.mission, status: 'awaiting-approval' as const, requestId: id };
    this.put({ ...found, mission, request: { ...found.request, state: { status: 'superseded', at: this.#now(), by: id } } });
    const narrowedFrom = { requestId: found.request.id, filesLeftOut: found.files.length - files.length, hunksLeftOut: 0 };
    this.put({ ...found, files, mission, narrowedFrom, request: { ...found.request, id, digest } });
  }

  blob(_missionId: string, side: 'before' | 'after', path: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.blobs.get(`${side} ${path}`));
  }

  refused(requestId: string, reason: string): Promise<void> {
    this.refusals.push({ requestId, reason });
    return Promise.resolve();
  }

  liftSwitch(...call: Parameters<KernelApi['liftSwitch']>): Promise<void> {
    this.lifted.push(call);
    this.state = { ...this.state, switches: [] };
    return Promise.resolve();
  }
}

export class RecordingEditor implements ReviewEditor {
  trusted = true;
  unsaved: readonly string[] = [];
  readonly diffs: ReviewedFile[] = [];
  readonly opened: { reviewed: ReviewedFile; line: number }[] = [];
  readonly copied: string[] = [];

  unsavedPaths(): readonly string[] {
    return this.unsaved;
  }

  openDiff(reviewed: ReviewedFile): Promise<void> {
    this.diffs.push(reviewed);
    return Promise.resolve();
  }

  openFile(reviewed: ReviewedFile, line: number): Promise<void> {
    this.opened.push({ reviewed, line });
    return Promise.resolve();
  }

  copy(text: string): Promise<void> {
    this.copied.push(text);
    return Promise.resolve();
  }
}

/** As VS Code's own: what comes out is a copy of what went in, as JSON. */
export class InMemoryMemento {
  readonly values = new Map<string, string>();

  get(key: string): unknown {
    const kept = this.values.get(key);
    return kept === undefined ? undefined : JSON.parse(kept);
  }

  update(key: string, value: unknown): Promise<void> {
    this.values.set(key, JSON.stringify(value));
    return Promise.resolve();
  }
}

export class RecordingLogger implements Logger {
  readonly lines: { level: string; message: string; fields?: Readonly<Record<string, unknown>> }[] = [];

  log(level: string, message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level, message, fields });
  }
}

export interface SessionFixture {
  readonly session: ApprovalSession;
  readonly kernel: InMemoryKernel;
  readonly editor: RecordingEditor;
  readonly memento: InMemoryMemento;
  readonly logger: RecordingLogger;
  readonly posted: (ResponseMessage | EventMessage)[];
  readonly shown: ReviewEvent[];
}

export function sessionFixture(
  options: {
    kernel?: InMemoryKernel;
    memento?: InMemoryMemento;
    clock?: Pick<Clock, 'now'>;
    post?: (message: ResponseMessage | EventMessage) => void;
  } = {},
): SessionFixture {
  const clock = options.clock ?? { now: () => asked + 79_000 };
  const kernel = options.kernel ?? new InMemoryKernel();
  const editor = new RecordingEditor();
  const memento = options.memento ?? new InMemoryMemento();
  const logger = new RecordingLogger();
  const posted: (ResponseMessage | EventMessage)[] = [];
  const shown: ReviewEvent[] = [];
  const session = new ApprovalSession({
    kernel,
    editor,
    notes: new WorkspaceNotes(memento),
    clock,
    logger,
    calendar: localCalendar('UTC'),
    user: 'ada',
    post: (message) => {
      posted.push(message);
      options.post?.(message);
    },
    shown: (event) => shown.push(event),
  });
  return { session, kernel, editor, memento, logger, posted, shown };
}
