import { type Surroundings, turn } from '../replica/clock.ts';

/** Characters of one page of a listing, beyond which it is continued on the next. */
export const pageLength = 512 * 1024;
/** ms that a listing is worked on before others get a turn. */
const sliceMs = 10;
/** ms that a listing is worked on at once, which is enough for most. */
const firstMs = 1;

type Turns = Pick<Surroundings, 'elapsed' | 'soon'>;

/** The items of one page and their texts, in order; `more`: whether others follow. */
export interface Page<T> {
  readonly listed: readonly T[];
  readonly texts: readonly string[];
  readonly more: boolean;
}

/** What is to be listed: at most `limit` items, each as `write` gives it; null stands for one passed over. */
export interface Listing<T> {
  readonly items: Iterable<T | null>;
  readonly limit: number;
  readonly write: (item: T) => string;
  /** The caller's connection. */
  readonly caller: { readonly destroyed: boolean };
}

/**
 * Makes the pages of listings. Long ones are made one at a time, with turns for others in between: many who ask at once, and
 * perhaps never read, hold up nobody else and take the memory of one.
 */
export class Pages {
  private readonly clock: Turns;
  private last: Promise<void> = Promise.resolve();

  constructor(clock: Turns) {
    this.clock = clock;
  }

  /** Resolves when it is the turn of one long text: texts and listings are made one at a time, with turns for others in between. */
  async turn(): Promise<void> {
    const before = this.last;
    this.last = before.then(() => turn(this.clock));
    return this.last;
  }

  /**
   * The first items of a listing: at most its limit, and about 512 KiB, but one at least. What is listed may change meanwhile.
   * A caller that has gone before its turn came gets an empty page.
   */
  async of<T>(listing: Listing<T>): Promise<Page<T>> {
    const page = new Making(listing);
    if (page.isDone(this.clock, firstMs)) return page;
    const before = this.last;
    let done = (): void => {};
    this.last = new Promise((resolve) => {
      done = resolve;
    });
    try {
      await before;
      do {
        if (listing.caller.destroyed) return nothing;
        await turn(this.clock);
      } while (!page.isDone(this.clock, sliceMs));
      return page;
    } finally {
      done();
    }
  }
}

const nothing: Page<never> = { listed: [], texts: [], more: false };

/** A page in the making. */
class Making<T> implements Page<T> {
  readonly listed: T[] = [];
  readonly texts: string[] = [];
  more = false;
  private readonly listing: Listing<T>;
  private readonly items: Iterator<T | null>;
  private length = 0;

  constructor(listing: Listing<T>) {
    this.listing = listing;
    this.items = listing.items[Symbol.iterator]();
  }

  /** Goes on for so many ms, or to the end of one item that takes longer; returns whether the page is ready. */
  isDone(clock: Turns, ms: number): boolean {
    const { limit, write } = this.listing;
    const ends = clock.elapsed() + ms;
    do {
      const { done, value } = this.items.next();
      if (done === true) return true;
      if (value === null) continue;
      this.more = this.listed.length === limit;
      if (this.more) return true;
      const text = write(value);
      this.length += text.length;
      this.more = this.listed.length > 0 && this.length > pageLength;
      if (this.more) return true;
      this.listed.push(value);
      this.texts.push(text);
    } while (clock.elapsed() < ends);
    return false;
  }
}
