import type { IncomingMessage } from 'node:http';
import type { Surroundings } from '../replica/clock.ts';
import { Problem } from './problem.ts';

const nothing = (): void => undefined;

/** A body piece by piece, which comes from the caller no faster than it is taken. */
export class Pieces {
  private readonly raw: IncomingMessage;
  private readonly clock: Pick<Surroundings, 'elapsed' | 'after'>;
  /** ms that the caller may still take to send the rest; time in which nothing is asked of it does not count. */
  private left: number;
  private readonly come: Buffer[] = [];
  private isWhole = false;
  private isDropped = false;
  private wake: () => void = nothing;

  constructor(raw: IncomingMessage, clock: Pick<Surroundings, 'elapsed' | 'after'>, patience: number) {
    this.raw = raw;
    this.clock = clock;
    this.left = patience;
    raw.on('data', (piece: Buffer) => {
      if (this.isDropped) return;
      this.come.push(piece);
      raw.pause();
      this.wake();
    });
    raw.on('end', () => {
      this.isWhole = true;
      this.wake();
    });
  }

  /**
   * Resolves with the next piece, or null at the end of the body; rejects with a Problem when the caller takes too long. Never settles when
   * the caller goes away before it has sent all of it.
   */
  async next(): Promise<Buffer | null> {
    if (this.come.length === 0 && !this.isWhole) await this.more();
    return this.come.shift() ?? null;
  }

  /** Lets the caller send what is left, which nobody looks at, for as long as a body may take: so that it sees why. */
  drop(patience: number): void {
    if (this.isWhole) return;
    const { raw, clock } = this;
    this.isDropped = true;
    raw.once(
      'close',
      clock.after(patience, () => raw.destroy()),
    );
    raw.resume();
  }

  private more(): Promise<void> {
    const { raw, clock } = this;
    const began = clock.elapsed();
    return new Promise((resolve, reject) => {
      const cancel = clock.after(this.left, () => reject(tooLate()));
      raw.once('close', cancel);
      this.wake = () => {
        this.wake = nothing;
        cancel();
        raw.removeListener('close', cancel);
        this.left -= clock.elapsed() - began;
        resolve();
      };
      raw.resume();
    });
  }
}

function tooLate(): Problem {
  return new Problem('request-timeout', 'the rest of the body took too long to arrive');
}
