import type { Event } from '../core/result.ts';
import type { Surroundings } from './clock.ts';

/**
 * Callers that wait for something to happen to a group. Being woken is a hint: the waiter looks at the state again.
 *
 * There are two kinds, so that a round of 100,000 agents does not look at 100,000 waiters for each proposal: those who
 * wait for the close of a round look only then, those who follow the group look at each change.
 */
export class Waiters {
  private readonly onClose = new Map<string, Set<Waiter>>();
  private readonly onChange = new Map<string, Set<Waiter>>();
  private readonly surroundings: Surroundings;
  private waiting = 0;
  private ended = false;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  /**
   * Resolves with what `look` sees once it sees something, looking again at each wake-up; with `otherwise` after `ms`
   * or when the caller hangs up.
   */
  wait<T>(
    group: string,
    kind: 'close' | 'change',
    look: () => T | undefined,
    otherwise: () => T,
    limit: Limit,
  ): Promise<T> {
    const now = look();
    if (now !== undefined) return Promise.resolve(now);
    if (this.ended || limit.ms <= 0 || limit.caller?.destroyed) return Promise.resolve(otherwise());
    const byGroup = kind === 'close' ? this.onClose : this.onChange;
    return new Promise((resolve, reject) => {
      const set = byGroup.get(group) ?? new Set<Waiter>();
      byGroup.set(group, set);
      const end = (see: () => T | undefined): void => {
        try {
          const seen = see();
          if (seen === undefined) return;
          resolve(seen);
        } catch (error) {
          reject(error as Error);
        }
        if (set.delete(waiter)) this.waiting -= 1;
        if (set.size === 0 && byGroup.get(group) === set) byGroup.delete(group);
        cancel();
        limit.caller?.removeListener('close', expire);
      };
      const waiter: Waiter = { wake: () => end(look), expire: () => end(otherwise) };
      const expire = (): void => waiter.expire();
      const cancel = this.surroundings.after(limit.ms, expire);
      limit.caller?.once('close', expire);
      set.add(waiter);
      this.waiting += 1;
    });
  }

  /** Has those look again whose groups these events, all of one entry, are about. */
  wakeFor(events: readonly Event[]): void {
    const touched = new Map<string, boolean>();
    for (const event of events) {
      const closed = event.type === 'round-closed' || event.type === 'group-deleted';
      touched.set(event.group, touched.get(event.group) === true || closed);
    }
    for (const [group, closed] of touched) this.wake(group, closed);
  }

  wake(group: string, closed: boolean): void {
    for (const waiter of [...(this.onChange.get(group) ?? [])]) waiter.wake();
    if (closed) for (const waiter of [...(this.onClose.get(group) ?? [])]) waiter.wake();
  }

  /** Answers all who wait with what there is; from now on `wait` answers at once. */
  end(): void {
    this.ended = true;
    this.release();
  }

  /** Answers all who wait with what there is. */
  release(): void {
    for (const byGroup of [this.onClose, this.onChange]) {
      for (const set of [...byGroup.values()]) for (const waiter of [...set]) waiter.expire();
    }
  }

  get size(): number {
    return this.waiting;
  }
}

export interface Limit {
  readonly ms: number;
  /** The caller's connection: once it closes, the wait ends. A response of node:http will do; an AbortSignal for each costs a tenth of a request. */
  readonly caller?: Caller | undefined;
}

/** Something that closes once and can say whether it has. */
interface Caller {
  readonly destroyed: boolean;
  once(event: 'close', call: () => void): unknown;
  removeListener(event: 'close', call: () => void): unknown;
}

interface Waiter {
  wake(): void;
  expire(): void;
}
