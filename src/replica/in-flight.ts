import type { Command } from '../core/entry.ts';
import type { State } from '../core/group/state.ts';
import type { Result } from '../core/result.ts';

/** A command on its way into the log, and how to tell its caller. */
export interface Queued {
  readonly command: Command;
  readonly text: string;
  /** See `Log.append`; for this command alone. */
  readonly asOf: number | undefined;
  settle(result: Result, state: State): void;
  fail(error: Error): void;
}

/** What was sent to the log and has not come back from it yet, oldest first. */
export class InFlight {
  private readonly sent = new Map<number, { readonly batch: readonly Queued[]; readonly at: number }>();

  add(serial: number, batch: readonly Queued[], at: number): void {
    this.sent.set(serial, { batch, at });
  }

  /** Those who wait for this entry, which is in flight no more; undefined when it was not. */
  take(serial: number): readonly Queued[] | undefined {
    const sent = this.sent.get(serial);
    this.sent.delete(serial);
    return sent?.batch;
  }

  /** Whether anybody still waits. */
  get awaited(): boolean {
    for (const { batch } of this.sent.values()) if (batch.length > 0) return true;
    return false;
  }

  /** Whether something was sent at `until` or before and has not come back. */
  isLate(until: number): boolean {
    for (const { at } of this.sent.values()) return at <= until;
    return false;
  }

  /** Tells all who wait for entries sent at `until` or before; whether there are such entries, told now or earlier. */
  fail(error: Error, until = Infinity): boolean {
    let any = false;
    for (const [serial, { batch, at }] of this.sent) {
      if (at > until) break;
      any = true;
      this.sent.set(serial, { batch: [], at });
      for (const queued of batch) queued.fail(error);
    }
    return any;
  }
}
