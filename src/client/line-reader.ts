import { aborted, type Clock, within } from './time.ts';
import { answerWithinMs, type ByteReader } from './transport.ts';

/** Reads the lines of a streamed reply, as they come. */
export class LineReader {
  private readonly bytes: ByteReader;
  private readonly clock: Clock;
  private readonly silentMs: number;
  private readonly signal: AbortSignal;
  private readonly decoder = new TextDecoder();
  private lines: string[] = [];
  private at = 0;
  /** The beginning of a line whose end has not come. */
  private rest = '';

  /** `wait`: ms that the server may hold a line back. */
  constructor(bytes: ByteReader, clock: Clock, wait: number, signal: AbortSignal) {
    this.bytes = bytes;
    this.clock = clock;
    this.silentMs = wait + answerWithinMs;
    this.signal = signal;
  }

  /** The next whole line; null when the reply has ended, broken, or was silent for too long. */
  async next(): Promise<string | null> {
    while (this.at >= this.lines.length) {
      const chunk = await nextBytes(this.bytes, this.clock, this.silentMs, this.signal);
      if (chunk === null) return null;
      const parts = (this.rest + this.decoder.decode(chunk, { stream: true })).split('\n');
      this.rest = parts.pop() ?? '';
      this.lines = parts;
      this.at = 0;
    }
    this.at += 1;
    return this.lines[this.at - 1] as string;
  }

  cancel(): void {
    this.bytes.cancel().catch(() => {});
  }
}

/** The next bytes of a streamed reply; null when it has ended, broken, or was silent for `ms`. Rejects when the signal aborts. */
export async function nextBytes(
  bytes: ByteReader,
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | null> {
  try {
    const read = (stop: AbortSignal) => Promise.race([bytes.read(), aborted(stop)]);
    return (await within(clock, ms, signal, read)).value ?? null;
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}
