/**
 * Virtual time. Everything that happens is an event at a moment; between two events every promise that can go on does
 * so, which Node does in a fixed order. Nothing here touches a real clock or timer, so one seed gives one history.
 */
export class World {
  /** ms since the history began. */
  now = 0;
  /** Lines of what happened, or null where nobody will read them. */
  readonly trace: string[] | null;
  events = 0;
  private order = 0;
  private readonly heap: Planned[] = [];
  private ended = false;

  constructor(traced: boolean) {
    this.trace = traced ? [] : null;
  }

  /** A number larger than every one given before: what happened first has the smaller. */
  stamp(): number {
    this.order += 1;
    return this.order;
  }

  note(line: string): void {
    this.trace?.push(`${this.now.toFixed(3)} ${line}`);
  }

  /** Calls back after `ms`; the result takes the call back. */
  after(ms: number, call: () => void): () => void {
    const planned: Planned = { at: this.now + Math.max(0, ms), order: this.stamp(), call };
    this.push(planned);
    return () => {
      planned.call = null;
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      const stop = (): void => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  end(): void {
    this.ended = true;
  }

  /**
   * Lets events happen until `end` is called, none is left, or virtual time is over. A callback of `nextTick` that was
   * asked for by a promise's reaction runs once no reaction is left to run: that is how it is known that all is quiet.
   */
  run(until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const quiet = (): void => process.nextTick(next);
      const next = (): void => {
        const planned = this.ended ? undefined : this.pop();
        if (planned === undefined || planned.at > until) {
          resolve();
          return;
        }
        this.now = planned.at;
        this.events += 1;
        try {
          planned.call?.();
        } catch (error) {
          reject(error as Error);
          return;
        }
        queueMicrotask(quiet);
      };
      queueMicrotask(quiet);
    });
  }

  private push(planned: Planned): void {
    const { heap } = this;
    let i = heap.length;
    heap.push(planned);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(planned, heap[parent] as Planned)) break;
      heap[i] = heap[parent] as Planned;
      i = parent;
    }
    heap[i] = planned;
  }

  private pop(): Planned | undefined {
    for (;;) {
      const top = this.heap[0];
      const last = this.heap.pop();
      if (top === undefined || last === undefined) return undefined;
      if (last !== top) this.sink(last);
      if (top.call !== null) return top;
    }
  }

  private sink(planned: Planned): void {
    const { heap } = this;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Planned, heap[child] as Planned)) child += 1;
      if (!before(heap[child] as Planned, planned)) break;
      heap[i] = heap[child] as Planned;
      i = child;
    }
    heap[i] = planned;
  }
}

interface Planned {
  readonly at: number;
  readonly order: number;
  call: (() => void) | null;
}

function before(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
