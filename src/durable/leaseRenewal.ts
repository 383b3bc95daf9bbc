import type { Clock, Millis } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import type { Lease, Leases } from './leases.ts';

export interface LeaseRenewalOptions {
  readonly leases: Leases;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly ttl: Millis;
}

/** Renews a lease until it is disposed of. `onLost` is told, once, when it was taken over or cannot be renewed: what it guards must stop. */
export function keepLease(lease: Lease, options: LeaseRenewalOptions, onLost: (why: Error) => void): Disposable {
  const { leases, unitOfWork, clock, ttl } = options;
  let ended = false;
  let timer: Disposable;
  const lost = (why: string): void => {
    if (ended) return;
    ended = true;
    timer[Symbol.dispose]();
    onLost(new Error(why));
  };
  const renew = (): void => {
    unitOfWork
      .run(() => leases.renew(lease))
      .then((held) => {
        if (!held) lost('another window took this over');
      })
      .catch((error: unknown) => lost(`the lease could not be renewed: ${messageOf(error)}`));
    wait();
  };
  const wait = (): void => {
    timer = clock.after(ttl / 3, renew);
  };
  wait();
  return {
    [Symbol.dispose]: () => {
      ended = true;
      timer[Symbol.dispose]();
    },
  };
}
