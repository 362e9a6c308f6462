import type { Queued } from './in-flight.ts';

/** Bytes of an entry that are left for its header. */
const headerBytes = 512;

/** Commands that wait for the log, oldest first, and how they are gathered into entries. */
export class Queue {
  private waiting: Queued[] = [];
  private characters = 0;

  get length(): number {
    return this.waiting.length;
  }

  /** Whether one more command with this text would be over one of these bounds. */
  isFullFor(text: string, commands: number, bytes: number): boolean {
    return this.length >= commands || this.characters + text.length > bytes;
  }

  push(queued: Queued): void {
    this.waiting.push(queued);
    this.characters += queued.text.length;
  }

  /** Takes the commands of the next entry: at least one, no more than it has room for, and none beside one with a condition. */
  takeBatch(maxEntryBytes: number, maxCommands: number): Queued[] {
    const room = maxEntryBytes - headerBytes;
    let bytes = 0;
    let count = 0;
    for (const { text, asOf } of this.waiting) {
      // A character takes at most three bytes of UTF-8.
      bytes += text.length * 3 + 1;
      if (count > 0 && (bytes > room || count >= maxCommands || asOf !== undefined)) break;
      count += 1;
      this.characters -= text.length;
      if (asOf !== undefined) break;
    }
    const batch = this.waiting.slice(0, count);
    this.waiting = count === this.waiting.length ? [] : this.waiting.slice(count);
    return batch;
  }

  /** Rejects all commands that wait. */
  fail(error: Error): void {
    this.characters = 0;
    for (const queued of this.waiting.splice(0)) queued.fail(error);
  }
}
