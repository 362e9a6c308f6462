import type { ServerResponse } from 'node:http';
import type { Group } from '../../core/group/state.ts';
import type { Outcome } from '../../core/types.ts';
import type { Waiters } from '../../replica/waiters.ts';

/** A line whose proposal was taken in a round that was open then. */
export interface Waiting {
  readonly round: number;
  /** Called once, with how the round ended; undefined when the wait was over first, or nothing is kept of the round. */
  over(outcome: Outcome | undefined): void;
}

/** The lines of one request that wait for their rounds to close. Those of one entry and one round wait together. */
export class LineWaits {
  private readonly waiters: Waiters;
  private readonly ms: number;
  private readonly caller: Caller;
  /** Lines of the entry that is being applied. */
  private fresh = new Map<Group, Waiting[]>();

  constructor(waiters: Waiters, ms: number, response: ServerResponse) {
    this.waiters = waiters;
    this.ms = ms;
    this.caller = new Caller(response);
  }

  /** To be called while an entry is applied; `group`: that of the line's round. */
  add(group: Group, line: Waiting): void {
    const { fresh } = this;
    // Runs once the entry is applied, and before the next one could close a round and drop it.
    if (fresh.size === 0) queueMicrotask(() => this.begin());
    const others = fresh.get(group);
    if (others === undefined) fresh.set(group, [line]);
    else others.push(line);
  }

  private begin(): void {
    const { fresh } = this;
    this.fresh = new Map();
    for (const [group, lines] of fresh) {
      const open: Waiting[] = [];
      for (const line of lines) {
        if (group.open?.number === line.round) open.push(line);
        else line.over(group.closed.get(line.round));
      }
      if (open.length > 0) this.wait(group, open);
    }
  }

  private wait(group: Group, lines: readonly Waiting[]): void {
    const { waiters, ms, caller } = this;
    const number = group.open?.number;
    const closed = () =>
      number === undefined || group.open?.number === number
        ? undefined
        : { outcome: group.closed.get(number) };
    const otherwise = () => ({ outcome: undefined });
    void waiters.wait(group.name, 'close', closed, otherwise, { ms, caller }).then(({ outcome }) => {
      for (const line of lines) line.over(outcome);
    });
  }
}

/** The caller's connection as waiters see it: a response itself takes long to forget one listener of thousands. */
class Caller {
  private readonly response: ServerResponse;
  private readonly calls = new Set<() => void>();

  constructor(response: ServerResponse) {
    this.response = response;
    response.once('close', () => {
      for (const call of [...this.calls]) call();
    });
  }

  get destroyed(): boolean {
    return this.response.destroyed;
  }

  once(_event: 'close', call: () => void): void {
    this.calls.add(call);
  }

  removeListener(_event: 'close', call: () => void): void {
    this.calls.delete(call);
  }
}
