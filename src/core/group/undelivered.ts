import { DueQueue } from './due.ts';

/** How many groups are read at once to find out what they have to deliver: each takes a moment. */
const readAtOnce = 100;

/** The webhooks of the server stand under this name, which no group has. */
export const serverName = '';

/** Whose webhooks have something to deliver, and when: groups by name, and the server. Follows from them; not stored. */
export class Undelivered {
  private readonly queue = new DueQueue();
  /** Restored groups that have something to deliver; when is known once they are read. */
  private readonly unread: string[] = [];

  /** When the next is due, ms, or may be; Infinity for never. */
  get next(): number {
    return this.unread.length > 0 ? 0 : this.queue.next;
  }

  /** Sets when a group has something to deliver, ms; Infinity for never. */
  set(name: string, at: number): void {
    this.queue.set(name, at);
  }

  addUnread(name: string): void {
    this.unread.push(name);
  }

  /** Some of the groups that are to be read; each is named once. */
  takeUnread(): string[] {
    return this.unread.splice(-readAtOnce);
  }

  /** Whoever has something to deliver by now, the first that was due before the others. Nothing may be set meanwhile. */
  by(now: number): Generator<string> {
    return this.queue.by(now);
  }
}
