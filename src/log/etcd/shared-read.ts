/** Shares one slow read among many callers. None gets a stale answer: a caller joins only a read that starts after it came. */
export class SharedRead<Answer> {
  readonly #read: () => Promise<Answer>;
  #running: Promise<Answer> | null = null;
  #following: Promise<Answer> | null = null;

  constructor(read: () => Promise<Answer>) {
    this.#read = read;
  }

  /** The answer of a read that starts now, or right after the one that is running. */
  next(): Promise<Answer> {
    if (!this.#running) return this.#start();
    this.#following ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#following = null;
        return this.#start();
      });
    return this.#following;
  }

  #start(): Promise<Answer> {
    const running = this.#read().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }
}
