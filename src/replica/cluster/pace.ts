/** A time without an entry, between two that follow each other. */
interface Pause {
  /** ms from the entry before to the next. */
  readonly ms: number;
  /** When it began, ms since 1970. */
  readonly from: number;
  /** The index of the entry before, and that of the next: one more, for indexes have no gaps. */
  readonly after: number;
  readonly next: number;
}

export interface Recent {
  /** Since when entries have been counted, ms since 1970. */
  readonly since: number;
  /** Entries in each of the last 60 whole seconds, oldest first. */
  readonly perSecond: readonly number[];
  /** The longest pause that ended in these seconds or in the present one; null where fewer than two entries came. */
  readonly longest: Pause | null;
  /** ms since the last entry; null: none has come. */
  readonly quietMs: number | null;
}

interface Second {
  readonly second: number;
  entries: number;
  longest: Pause | null;
}

const seconds = 60;

/** How entries have come in the last minute. Each one costs a few steps, whether or not somebody looks. */
export class Pace {
  private readonly now: () => number;
  private readonly since: number;
  /** By second modulo their number. */
  private readonly ring: (Second | undefined)[] = [];
  private last: { readonly index: number; readonly at: number } | null = null;

  /** `now`: ms since 1970, never back. */
  constructor(now: () => number) {
    this.now = now;
    this.since = now();
  }

  /** To be called for each entry as it is applied. */
  came(index: number): void {
    const at = this.now();
    const second = Math.floor(at / 1000);
    const place = second % (seconds + 1);
    let here = this.ring[place];
    if (here?.second !== second) {
      here = { second, entries: 0, longest: null };
      this.ring[place] = here;
    }
    here.entries += 1;
    const { last } = this;
    if (last !== null && (here.longest === null || at - last.at > here.longest.ms))
      here.longest = { ms: at - last.at, from: last.at, after: last.index, next: index };
    this.last = { index, at };
  }

  read(): Recent {
    const at = this.now();
    const present = Math.floor(at / 1000);
    const recent = this.ring.filter(
      (one): one is Second => one !== undefined && one.second >= present - seconds,
    );
    const entries = new Map(recent.map((one) => [one.second, one.entries]));
    const perSecond = Array.from({ length: seconds }, (_, i) => entries.get(present - seconds + i) ?? 0);
    const longest = recent.reduce<Pause | null>(
      (most, { longest: one }) => (one !== null && (most === null || one.ms > most.ms) ? one : most),
      null,
    );
    const quietMs = this.last === null ? null : at - this.last.at;
    return { since: this.since, perSecond, longest, quietMs };
  }
}
