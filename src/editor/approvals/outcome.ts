import type { ReviewDetail } from '../../contracts/kernelApi.ts';
import type { MissionStatus } from '../../contracts/mission.ts';
import type { ApprovalState } from '../../contracts/approval.ts';
import type { OutcomeView } from '../../protocol/reviewView.ts';
import type { Millis } from '../../base/clock.ts';
import { assertNever } from '../../base/assertNever.ts';
import { counted, sentence } from './words.ts';
import type { Calendar } from './words.ts';

const unchanged = 'Nothing in your workspace was changed.';
const askAgain = 'Run GoNoGo: Show Approvals and open the mission again to ask anew.';

/** How the request stands and what happens next, for the person who looks at it. */
export function outcomeOf(detail: ReviewDetail, now: Millis, calendar: Calendar): OutcomeView {
  const { request, mission, files } = detail;
  const state: ApprovalState = request.state;
  switch (state.status) {
    case 'pending':
      if (now >= request.expiresAt)
        return {
          tone: 'neutral',
          headline: `Expired at ${calendar.when(request.expiresAt, now)}.`,
          detail: `Nobody answered in time. ${unchanged} ${askAgain}`,
        };
      if (mission?.status === 'verifying')
        return {
          tone: 'busy',
          headline: 'Checking your selection.',
          detail: `${sentence(mission.detail)} You are asked again when it is done.`,
        };
      return { tone: 'pending', headline: 'This waits for your decision.', detail: '' };
    case 'approved':
      return afterApproval(
        mission?.status,
        mission?.detail ?? '',
        files.length,
        `Approved by ${state.by} at ${calendar.when(state.at, now)}.`,
      );
    case 'rejected':
      return {
        tone: 'neutral',
        headline: `Rejected by ${state.by} at ${calendar.when(state.at, now)}.`,
        detail: `Reason: ${sentence(state.reason)} ${state.comments?.length ? `With ${counted(state.comments.length, 'comment')} on lines. ` : ''}${unchanged}`,
      };
    case 'expired':
      return {
        tone: 'neutral',
        headline: `Expired at ${calendar.when(state.at, now)}.`,
        detail: `Nobody answered in time. ${unchanged} ${askAgain}`,
      };
    case 'superseded':
      return {
        tone: 'neutral',
        headline: `Replaced at ${calendar.when(state.at, now)}.`,
        detail: `A newer review of the same work took its place. ${unchanged}`,
      };
    case 'withdrawn':
      return {
        tone: 'neutral',
        headline: `Withdrawn at ${calendar.when(state.at, now)}.`,
        detail: `${sentence(state.reason)} ${unchanged}`,
      };
    default:
      return assertNever(state);
  }
}

function afterApproval(status: MissionStatus | undefined, reason: string, files: number, approved: string): OutcomeView {
  switch (status) {
    case undefined:
      return { tone: 'good', headline: approved, detail: 'The agent may do exactly this, once.' };
    case 'done':
      return {
        tone: 'good',
        headline: 'Approved and applied.',
        detail: `${counted(files, 'file')} changed in your workspace. You can roll this mission back.`,
      };
    case 'failed':
      return { tone: 'bad', headline: 'Approved, but not applied.', detail: reason };
    case 'cancelled':
      return { tone: 'neutral', headline: 'Approved, then cancelled.', detail: reason };
    case 'rejected':
      return { tone: 'neutral', headline: 'Approved, then rejected.', detail: reason };
    case 'rolling-back':
      return { tone: 'busy', headline: 'Rolling back…', detail: `Putting ${counted(files, 'file')} back as they were.` };
    case 'rolled-back':
      return { tone: 'neutral', headline: 'Approved, applied and rolled back.', detail: 'Your files are as they were before.' };
    case 'reapplying':
      return { tone: 'busy', headline: 'Applying again…', detail: `Putting ${counted(files, 'file')} back as you approved them.` };
    case 'parked':
      return { tone: 'neutral', headline: approved, detail: `The mission is parked. ${sentence(reason)} ${askAgain}` };
    case 'drafted':
    case 'queued':
    case 'running':
    case 'verifying':
    case 'awaiting-approval':
    case 'applying':
      return {
        tone: 'busy',
        headline: `Approved. Applying ${counted(files, 'file')}…`,
        detail: 'You may close this panel; the work goes on.',
      };
    default:
      return assertNever(status);
  }
}
