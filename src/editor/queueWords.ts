import { assertNever } from '../base/assertNever.ts';
import type { Millis } from '../base/clock.ts';
import type { MissionId } from '../base/ids.ts';
import type { MissionView, PreFlight } from '../contracts/kernelApi.ts';
import type { MissionStatus } from '../contracts/mission.ts';
import type { FlightEstimate, Occupant, TimeRange, WaitReason } from '../contracts/queue.ts';
import { oneLine } from './plainText.ts';

const MINUTE: Millis = 60_000;

/** `now`, `about 10–40 s`, `about 2–5 min`, `up to 5 min`. */
export function rangeWords({ from, to }: TimeRange): string {
  if (to < 1_000) return 'now';
  const [unit, name] = to < 1.5 * MINUTE ? [1_000, 's'] : [MINUTE, 'min'];
  const [least, most] = [Math.round(from / unit), Math.round(to / unit)];
  if (least === most) return `about ${most} ${name}`;
  return least === 0 ? `up to ${most} ${name}` : `about ${least}–${most} ${name}`;
}

/** `starts now`, `starts in about 2–5 min`; `undefined` is a pause. */
export function startWords(wait: TimeRange | undefined): string {
  if (!wait) return 'paused';
  const words = rangeWords(wait);
  return words === 'now' ? 'starts now' : `starts in ${words}`;
}

/** How long it takes, and where that is known from. */
export function flightWords(flight: FlightEstimate, { minutesFrom, minutesTo }: Pick<PreFlight, 'minutesFrom' | 'minutesTo'>): string {
  if (flight.flights === 0) return `${minutesFrom} to ${minutesTo} min`;
  return `${flight.to < 1_000 ? 'about 1 s' : rangeWords(flight)}, as your last ${flight.flights} flights`;
}

/** The place of a waiting mission: `Place 2 · starts in about 2–5 min · high priority`. */
export function placeWords({ position, wait, priority, paused }: NonNullable<MissionView['queue']>): string {
  const words = [`Place ${position}`, paused ? `paused by ${oneLine(paused.by, 40)}` : startWords(wait)];
  return [...words, ...(priority === 'normal' ? [] : [`${priority} priority`])].join(' · ');
}

export type WaitStep =
  'review' | 'continue' | 'continue-queue' | 'budget-day' | 'budget-month' | 'places' | 'reopen' | 'approvals' | 'trust';

export interface WaitWords {
  readonly text: string;
  /** What a person can do about it; absent when waiting is all. */
  readonly step?: WaitStep;
}

/** One sentence on why a mission waits. `timeOf` writes a time as the person reads it. */
export function waitReasonWords(reason: WaitReason, timeOf: (at: Millis) => string): WaitWords {
  switch (reason.kind) {
    case 'store-trouble':
      return { text: 'The store cannot be written, so nothing may go on. See GoNoGo: Show Health; it goes on by itself.' };
    case 'stopped':
      return {
        text: `Everything is stopped by ${oneLine(reason.by, 40)}: ${oneLine(reason.reason, 120)}. Resume in Show Approvals.`,
        step: 'approvals',
      };
    case 'not-trusted':
      return { text: 'This workspace is not trusted, so nothing runs in it. Trust it to go on.', step: 'trust' };
    case 'paused':
      return { text: `Paused by ${oneLine(reason.by, 40)} at ${timeOf(reason.since)}. Continue it to give it its turn.`, step: 'continue' };
    case 'queue-paused':
      return {
        text: `The whole queue is paused by ${oneLine(reason.by, 40)} since ${timeOf(reason.since)}. Continue the queue to go on.`,
        step: 'continue-queue',
      };
    case 'budget-gone':
      return {
        text: `The budget for this ${reason.scope} is spent. Raise it, or wait for the next ${reason.scope}.`,
        step: reason.scope === 'day' ? 'budget-day' : 'budget-month',
      };
    case 'places-taken':
      return { text: placesWords(reason.places, reason.by), step: 'places' };
    case 'behind':
      return {
        text: `${reason.ahead === 1 ? '1 mission starts' : `${reason.ahead} missions start`} before it.${reason.rises ? ' It rises by one priority for every 30 min it waits.' : ''}`,
      };
    case 'your-decision':
      return reason.what === 'review'
        ? { text: 'Its changes wait for your review.', step: 'review' }
        : { text: 'Its agent asks you before it goes on.', step: 'review' };
    case 'parked':
      return { text: 'Nobody answered in time. Open it again to have it checked and asked once more.', step: 'reopen' };
    case 'other-window':
      return { text: 'It belongs to another window, which starts it.' };
    case 'starting':
      return { text: 'Nothing stands in its way; it starts in a moment.' };
    default:
      return assertNever(reason);
  }
}

function placesWords(places: number, by: readonly Occupant[]): string {
  const taken = places === 1 ? 'The one place is taken' : `All ${places} places are taken`;
  const names = by.map(({ goal, elsewhere, asks }) => {
    const notes = [...(elsewhere ? ['another window'] : []), ...(asks ? ['waits for your answer'] : [])];
    return `“${oneLine(goal, 60)}”${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
  });
  return `${taken}, by ${names.join(', ')}.`;
}

/** The waiting missions of this window, the next one first. */
export function lineOf(missions: readonly MissionView[]): readonly MissionView[] {
  return missions.filter(({ queue }) => queue !== undefined).sort((a, b) => (a.queue?.position ?? 0) - (b.queue?.position ?? 0));
}

/** Missions as the tree shows them: those in line in their order, then the others as they are. */
export function inTreeOrder(missions: readonly MissionView[]): readonly MissionView[] {
  return [...lineOf(missions), ...missions.filter(({ queue }) => queue === undefined)];
}

/** Which mission `id` has to be put before to be one place further up or down; `undefined` when there is no further. */
export function neighbour(line: readonly MissionView[], id: MissionId, way: 'up' | 'down'): { readonly before?: MissionId } | undefined {
  const index = line.findIndex((mission) => mission.id === id);
  if (index < 0) return undefined;
  return way === 'up' ? takePlace(line, id, line[index - 1]?.id) : takePlace(line, id, line[index + 1]?.id);
}

/** Which mission `id` has to be put before to take the place of `target`: those between make room. */
export function takePlace(
  line: readonly MissionView[],
  id: MissionId,
  target: MissionId | undefined,
): { readonly before?: MissionId } | undefined {
  const [from, to] = [line.findIndex((mission) => mission.id === id), line.findIndex((mission) => mission.id === target)];
  if (from < 0 || to < 0 || from === to) return undefined;
  const before = (to < from ? line[to] : line[to + 1])?.id;
  return before === undefined ? {} : { before };
}

/** Statuses in which a mission may wait for something. */
export const mayWait: readonly MissionStatus[] = ['queued', 'running', 'verifying', 'awaiting-approval', 'parked', 'applying'];
