/** A message's text begins with who says it and which of theirs it is: `@12.345;`. Nothing else that a server sends has an @. */
const padding = 'x'.repeat(120);

/**
 * What all publishers said and what each listener heard, compared as it comes in. A message is in order when every listener hears it at
 * the same place as all others, and each publisher's messages in the order 1, 2, 3, ... So each is heard once, and none is missing.
 */
export class Transcript {
  readonly #listeners: number;
  readonly #now: () => number;
  /** Of each publisher, how many messages it has sent. */
  readonly #sent: number[];
  /** Of each publisher, how many of its messages the first listener to hear them has heard. */
  readonly #begun: number[];
  /** When a message was sent that is not heard by all: `publisher.number` -> ms. */
  readonly #sentAt = new Map<string, number>();
  /** The order of all messages that are not heard by all, and by how many each is heard. */
  readonly #order: { readonly mark: string; heardBy: number }[] = [];
  /** Of each listener, how many messages it has heard. */
  readonly #heard: number[];
  /** What the last chunk to each listener ended with, where that is not a whole mark. */
  readonly #rest: string[];
  #said = 0;
  #heardByAll = 0;
  #waiting: (() => void)[] = [];
  /** What was wrong, the first of it. */
  fault: string | null = null;
  /** From sent to heard by all, ms, of each message since this was last emptied. */
  times: number[] = [];

  constructor(publishers: number, listeners: number, now = () => performance.now()) {
    this.#listeners = listeners;
    this.#now = now;
    this.#sent = Array<number>(publishers).fill(0);
    this.#begun = Array<number>(publishers).fill(0);
    this.#heard = Array<number>(listeners).fill(0);
    this.#rest = Array<string>(listeners).fill('');
  }

  /** How many are said and not yet heard by all. */
  get unheard(): number {
    return this.#said - this.#heardByAll;
  }

  get said(): number {
    return this.#said;
  }

  /** The text of this publisher's next message, which it sends now. */
  next(publisher: number): string {
    const number = (this.#sent[publisher] ?? 0) + 1;
    this.#sent[publisher] = number;
    this.#said += 1;
    this.#sentAt.set(`${publisher}.${number}`, this.#now());
    return `@${publisher}.${number};${padding}`;
  }

  /** Takes what was sent to a listener, in chunks that may end anywhere. */
  hear(listener: number, chunk: string): void {
    const text = `${this.#rest[listener]}${chunk}`;
    const before = this.#heardByAll;
    let at = text.indexOf('@');
    for (; at >= 0; at = text.indexOf('@', at + 1)) {
      const end = text.indexOf(';', at);
      if (end < 0) break;
      this.#take(listener, text.slice(at + 1, end));
    }
    this.#rest[listener] = at < 0 ? '' : text.slice(at);
    if (this.#heardByAll > before || this.fault !== null) this.#wake();
  }

  /** Resolves when at most so many are unheard, or something is wrong. */
  async atMost(unheard: number): Promise<void> {
    while (this.unheard > unheard && this.fault === null)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
  }

  #take(listener: number, mark: string): void {
    const place = this.#heard[listener] ?? 0;
    this.#heard[listener] = place + 1;
    const known = this.#order[place - this.#heardByAll];
    if (known === undefined) {
      if (!this.#isNext(mark)) this.#wrong(listener, place, mark, 'the next of its publisher');
      this.#order.push({ mark, heardBy: 1 });
    } else {
      if (known.mark !== mark) this.#wrong(listener, place, mark, known.mark);
      known.heardBy += 1;
    }
    const first = this.#order[0];
    if (first?.heardBy !== this.#listeners) return;
    this.#order.shift();
    this.#heardByAll += 1;
    this.times.push(this.#now() - (this.#sentAt.get(first.mark) ?? 0));
    this.#sentAt.delete(first.mark);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #isNext(mark: string): boolean {
    const [publisher = -1, number] = mark.split('.').map(Number);
    const next = (this.#begun[publisher] ?? Number.NaN) + 1;
    this.#begun[publisher] = next;
    return number === next && number <= (this.#sent[publisher] ?? 0);
  }

  #wrong(listener: number, place: number, mark: string, expected: string): void {
    this.fault ??= `listener ${listener} heard message ${mark} at place ${place + 1}, where it should hear ${expected}`;
  }
}
