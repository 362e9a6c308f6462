import type { Command, Entry } from '../core/entry.ts';
import type { State } from '../core/group/state.ts';
import type { Result } from '../core/result.ts';
import type { Caller } from './following.ts';

/** A command on its way into the log, and how its caller is answered. */
export interface Queued {
  readonly command: Command;
  readonly text: string;
  /** See `Log.append`; for this command alone. */
  readonly asOf: number | undefined;
  /** Where its way is followed. */
  caller?: Caller | null;
  settle(result: Result, state: State): void;
  fail(error: Error): void;
}

/** An entry on its way into the log. */
export interface Sent {
  readonly batch: readonly Queued[];
  /** When it was sent. */
  readonly at: number;
  readonly bytes: Uint8Array;
  /** What decoding the bytes gives; null where that is not known without doing so. */
  readonly entry: Entry | null;
}

/** What was sent to the log and has not come back from it yet, oldest first. */
export class InFlight {
  private readonly sent = new Map<number, Sent>();

  add(serial: number, sent: Sent): void {
    this.sent.set(serial, sent);
  }

  /** What decoding these bytes, the next of the log, gives, when they are the very bytes that were sent; else null. */
  decoded(bytes: Uint8Array): Entry | null {
    for (const { bytes: sent, entry } of this.sent.values())
      return entry !== null && Buffer.compare(sent, bytes) === 0 ? entry : null;
    return null;
  }

  /** Removes an entry and returns its commands; undefined when it was not in flight. */
  take(serial: number): readonly Queued[] | undefined {
    const sent = this.sent.get(serial);
    this.sent.delete(serial);
    return sent?.batch;
  }

  /** Whether a caller still waits. */
  get isAwaited(): boolean {
    for (const { batch } of this.sent.values()) if (batch.length > 0) return true;
    return false;
  }

  /** Whether something was sent at `until` or before and has not come back. */
  isLate(until: number): boolean {
    for (const { at } of this.sent.values()) return at <= until;
    return false;
  }

  /** Rejects the commands of entries sent at `until` or before; returns whether there are such entries, rejected now or earlier. */
  fail(error: Error, until = Infinity): boolean {
    let any = false;
    for (const [serial, sent] of this.sent) {
      if (sent.at > until) break;
      any = true;
      this.sent.set(serial, { ...sent, batch: [] });
      for (const queued of sent.batch) queued.fail(error);
    }
    return any;
  }
}
