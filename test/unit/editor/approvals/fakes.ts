import type { Clock } from '../../../../src/base/clock.ts';
import { CodedError } from '../../../../src/base/errors.ts';
import type { ApprovalDecision, ApprovalRequest } from '../../../../src/contracts/approval.ts';
import type { KernelApi, KernelSnapshot, ReviewDetail } from '../../../../src/contracts/kernelApi.ts';
import type { Logger } from '../../../../src/contracts/logger.ts';
import type { EventMessage, ResponseMessage } from '../../../../src/protocol/messages.ts';
import type { ReviewEvent } from '../../../../src/protocol/reviewView.ts';
import { ApprovalSession } from '../../../../src/editor/approvals/approvalSession.ts';
import type { ApprovalSessionPorts, ReviewEditor, ReviewedFile } from '../../../../src/editor/approvals/approvalSession.ts';
import { localCalendar } from '../../../../src/editor/approvals/words.ts';
import { asked, detail, grantId, snapshot } from './samples.ts';

type Kernel = ApprovalSessionPorts['kernel'];

/** The part of the kernel a panel talks to, in memory: it checks a decision as the real one does and changes state by it. */
export class InMemoryKernel implements Kernel {
  readonly decisions: ApprovalDecision[] = [];
  readonly unsaved: (readonly string[])[] = [];
  readonly refusals: { requestId: string; reason: string }[] = [];
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
      choice.kind === 'approve' ? { status: 'approved', by, at, grantId } : { status: 'rejected', by, at, reason: choice.reason };
    const mission = found.mission && {
      ...found.mission,
      status: choice.kind === 'approve' ? ('applying' as const) : ('rejected' as const),
    };
    this.put({ ...found, request: { ...found.request, state }, mission });
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
  readonly logger: RecordingLogger;
  readonly posted: (ResponseMessage | EventMessage)[];
  readonly shown: ReviewEvent[];
}

export function sessionFixture(
  options: { kernel?: InMemoryKernel; clock?: Pick<Clock, 'now'>; post?: (message: ResponseMessage | EventMessage) => void } = {},
): SessionFixture {
  const clock = options.clock ?? { now: () => asked + 79_000 };
  const kernel = options.kernel ?? new InMemoryKernel();
  const editor = new RecordingEditor();
  const logger = new RecordingLogger();
  const posted: (ResponseMessage | EventMessage)[] = [];
  const shown: ReviewEvent[] = [];
  const session = new ApprovalSession({
    kernel,
    editor,
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
  return { session, kernel, editor, logger, posted, shown };
}
