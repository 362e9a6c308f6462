import type { LogSpace } from '../log.ts';
import type { StatusResponse } from './messages.ts';

/** The space in etcd's database, as far as it is known: its members raise an alarm when the quota is used up. */
export class EtcdSpace {
  #now: LogSpace = { ...unknown, refusal: null, fix };

  get now(): LogSpace {
    return this.#now;
  }

  /** To be called after an append: with why there was no space for it, or null. */
  answered(refusal: string | null): void {
    if (refusal !== this.#now.refusal) this.#now = { ...this.#now, refusal };
  }

  /** To be called with a member's status. */
  reported({ errors, dbSizeInUse, dbSizeQuota }: StatusResponse): void {
    const full = errors.some((error) => error.includes('NOSPACE'));
    const refusal = full ? `etcd's database is at its quota, with ${dbSizeInUse} bytes in use` : null;
    // Releases before 3.6 do not tell their quota.
    this.#now = {
      freeBytes: dbSizeQuota === 0 ? null : Math.max(0, dbSizeQuota - dbSizeInUse),
      logBytes: dbSizeInUse,
      stateBytes: null,
      refusal,
      fix,
    };
  }
}

const unknown = { freeBytes: null, logBytes: null, stateBytes: null } as const;
const fix = 'compact, defragment, and disarm the alarm: docs/cluster.md, NOSPACE';
