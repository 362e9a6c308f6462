import type { Surroundings } from '../replica/clock.ts';
import type { Response } from './route.ts';

/** ms for which lines are written before others get a turn. */
const sliceMs = 5;
/** Characters that are written at once. */
const most = 32 * 1024;

/** A line that is to be written. */
export interface ReplyLine {
  /** Its text, with its end; must not throw. */
  line(): string;
}

/**
 * A response that is written line by line, no faster than the caller reads. A line is made when its turn comes, so that those that wait take
 * little memory and show what is so when they are sent.
 */
export class ReplyLines {
  private readonly response: Response;
  private readonly clock: Pick<Surroundings, 'elapsed' | 'soon'>;
  private readonly onWritten: (lines: number) => void;
  private waiting: ReplyLine[] = [];
  private at = 0;
  private hasBegun = false;
  private isEnding = false;
  private hasEnded = false;
  /** Whether a turn of writing is coming, or will once the caller has read. */
  private isDue = false;

  /**
   * `onWritten` is told of lines that do not wait any more: they were written, or nobody is there to read them.
   */
  constructor(
    response: Response,
    clock: Pick<Surroundings, 'elapsed' | 'soon'>,
    onWritten: (lines: number) => void,
  ) {
    this.response = response;
    this.clock = clock;
    this.onWritten = onWritten;
    response.raw.on('drain', () => this.write());
    response.raw.once('close', () => {
      const { length } = this;
      this.waiting = [];
      this.at = 0;
      onWritten(length);
    });
  }

  /** Lines that are not written yet. */
  get length(): number {
    return this.waiting.length - this.at;
  }

  add(line: ReplyLine): void {
    if (this.response.raw.destroyed) {
      this.onWritten(1);
      return;
    }
    this.waiting.push(line);
    this.soon();
  }

  /** Ends the response behind the lines that were added. */
  end(): void {
    this.isEnding = true;
    this.soon();
  }

  private soon(): void {
    if (this.isDue) return;
    this.isDue = true;
    this.clock.soon(() => this.write());
  }

  private write(): void {
    const { response, clock } = this;
    const { raw } = response;
    this.isDue = false;
    // A problem in its place may have been sent already.
    if (raw.destroyed || raw.headersSent !== this.hasBegun || this.hasEnded) return;
    const from = this.at;
    const until = clock.elapsed() + sliceMs;
    let text = '';
    while (this.at < this.waiting.length && text.length < most) {
      text += (this.waiting[this.at] as ReplyLine).line();
      this.at += 1;
      if (clock.elapsed() >= until) break;
    }
    const written = this.at - from;
    if (this.length === 0) {
      this.waiting = [];
      this.at = 0;
    }
    if (!this.hasBegun && (text !== '' || this.isEnding)) {
      this.hasBegun = true;
      response.begin();
    }
    // ASCII is written faster as latin1, to the same bytes.
    const more = text === '' || raw.write(text, Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8');
    this.onWritten(written);
    if (this.length === 0 && this.isEnding) {
      this.hasEnded = true;
      raw.end();
    } else if (!more) this.isDue = true;
    else if (this.length > 0) this.soon();
  }
}
