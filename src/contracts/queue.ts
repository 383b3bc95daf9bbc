import type { Millis } from '../base/clock.ts';
import type { MissionId, RequestId } from '../base/ids.ts';
import type { Meter } from './review.ts';

export const priorities = ['low', 'normal', 'high'] as const;
export type Priority = (typeof priorities)[number];

/** Who keeps something from starting, since when. */
export interface Pause {
  readonly by: string;
  readonly since: Millis;
}

/** A duration that is not known exactly: it is likely from `from` to `to`, and most likely `likely`. */
export interface TimeRange {
  readonly from: Millis;
  readonly likely: Millis;
  readonly to: Millis;
}

/** How long a mission is expected to work, without the time a person takes to answer. */
export interface FlightEstimate extends TimeRange {
  /** How many flights it rests on; 0 when it is what the preset says. */
  readonly flights: number;
}

/** What a person can do to the queue. It decides when a mission starts, never what it may do. */
export type QueueChange =
  /** Puts a waiting mission right before another one, or at the end; it takes over the priority its new neighbours ask for. */
  | { readonly kind: 'move'; readonly id: MissionId; readonly before?: MissionId }
  | { readonly kind: 'priority'; readonly id: MissionId; readonly priority: Priority }
  /** One waiting mission, or without `id` the whole queue of every window. */
  | { readonly kind: 'pause'; readonly id?: MissionId }
  | { readonly kind: 'continue'; readonly id?: MissionId };

/** A mission that takes a place, as far as another one that waits for it is concerned. */
export interface Occupant {
  readonly id: MissionId;
  readonly goal: string;
  readonly elsewhere: boolean;
  /** It goes on only once a person has answered. */
  readonly asks: boolean;
}

/** Why a mission does not go on. */
export type WaitReason =
  | { readonly kind: 'store-trouble' }
  | { readonly kind: 'stopped'; readonly by: string; readonly reason: string }
  | { readonly kind: 'not-trusted' }
  | { readonly kind: 'paused'; readonly by: string; readonly since: Millis }
  | { readonly kind: 'queue-paused'; readonly by: string; readonly since: Millis }
  | { readonly kind: 'budget-gone'; readonly scope: Exclude<Meter['scope'], 'mission'> }
  | { readonly kind: 'places-taken'; readonly places: number; readonly by: readonly Occupant[] }
  /** So many others get a place first; a low or normal one rises while it waits. */
  | { readonly kind: 'behind'; readonly ahead: number; readonly rises: boolean }
  | { readonly kind: 'your-decision'; readonly what: 'review' | 'question'; readonly requestId: RequestId }
  | { readonly kind: 'parked' }
  | { readonly kind: 'other-window' }
  /** Nothing stands in its way. */
  | { readonly kind: 'starting' };

/** A budget has come near its limit. Told once for each window of time, and again for a higher limit. */
export interface BudgetAlert extends Meter {
  /** The mission's goal, for its budget. */
  readonly goal?: string;
}
