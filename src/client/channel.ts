/** Passes items from those who make them to one who takes them, and holds makers back when many wait. */
export class Channel<T> implements AsyncIterable<T> {
  private readonly most: number;
  private items: T[] = [];
  private isOver = false;
  private failure: unknown = null;
  private readonly makers: (() => void)[] = [];
  private onItem: () => void = () => {};

  /** `most`: items that may wait before makers are held back. */
  constructor(most: number) {
    this.most = most;
  }

  /** Resolves once another may be put. */
  async put(item: T): Promise<void> {
    this.items.push(item);
    this.onItem();
    if (this.items.length >= this.most) await new Promise<void>((resolve) => this.makers.push(resolve));
  }

  /** Ends the channel behind what waits, with an error if one is given; only the first end counts. */
  end(failure: unknown = null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.failure = failure;
    this.onItem();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      const { items } = this;
      this.items = [];
      for (const resolve of this.makers.splice(0)) resolve();
      yield* items;
      if (this.items.length > 0) continue;
      if (this.isOver) break;
      await new Promise<void>((resolve) => {
        this.onItem = resolve;
      });
    }
    if (this.failure !== null) throw this.failure;
  }
}
