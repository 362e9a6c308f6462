import { hasCode, type QuorateError } from './errors.ts';
import { after, type Clock } from './time.ts';
import { retriedStatuses } from './transport.ts';

/** Moves the cursor of a member to an offset, and resolves with where it is then. */
export type MoveCursor = (offset: number, signal: AbortSignal) => Promise<number>;

const pauseMs = 1000;
const endWithinMs = 1000;

/**
 * Tells the server in the background how far a member has handled the stream: at most once a second, or at once when somebody
 * waits to know. A cursor says "everything up to here", so what could not be told is told with the next one. [Q9.9]
 */
export class Cursor {
  /** Why the server takes no cursor of this member; null as long as it may. */
  failure: unknown = null;
  private readonly move: MoveCursor;
  private readonly clock: Clock;
  private readonly stopping = new AbortController();
  private handled: number;
  private told: number;
  private sentAt = Number.NEGATIVE_INFINITY;
  private isUrgent = false;
  private isOver = false;
  private running: Promise<void> | null = null;
  private wake = (): void => {};

  /** `at`: where the server has it. */
  constructor(at: number, move: MoveCursor, clock: Clock) {
    this.handled = at;
    this.told = at;
    this.move = move;
    this.clock = clock;
  }

  /** Everything up to `offset` is handled. */
  set(offset: number, isUrgent: boolean): void {
    if (offset <= this.handled || this.isOver) return;
    this.handled = offset;
    if (isUrgent) this.hurry();
    this.running ??= this.tell().finally(() => {
      this.running = null;
    });
  }

  /** Tells what is left, if the server takes it within a second, and then no more. */
  async end(): Promise<void> {
    this.hurry();
    const cancel = after(this.clock, endWithinMs, () => {
      this.stopping.abort('the listener has ended');
      this.wake();
    });
    await this.running;
    cancel();
    this.isOver = true;
  }

  private hurry(): void {
    this.isUrgent = true;
    this.wake();
  }

  private async tell(): Promise<void> {
    while (this.handled > this.told && !this.isOver && !this.stopping.signal.aborted) {
      const due = this.sentAt + pauseMs - this.clock.now();
      if (due > 0 && !this.isUrgent) await this.pause(due);
      this.isUrgent = false;
      this.sentAt = this.clock.now();
      const { handled } = this;
      try {
        this.told = Math.max(handled, await this.move(handled, this.stopping.signal));
      } catch (error) {
        this.refused(error);
      }
    }
  }

  /** Resolves after `ms`, or once somebody is in a hurry. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = after(this.clock, ms, resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
  }

  private refused(error: unknown): void {
    if (this.stopping.signal.aborted || isPassing(error)) return;
    this.isOver = true;
    // Who is no member any more learns it from the stream, at its place.
    if (!isGone(error)) this.failure = error;
  }
}

/** Whether the server may take it when it is asked again. */
function isPassing(error: unknown): boolean {
  return hasCode(error, 'unreachable') || retriedStatuses.has((error as QuorateError).status);
}

/** Whether the error says that an agent is no member, to who was one before. */
export function isGone(error: unknown): error is QuorateError {
  return hasCode(error, 'agent-not-found', 'token-required', 'token-wrong', 'group-not-found');
}
