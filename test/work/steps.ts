import { Session } from 'node:inspector';

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

/**
 * Counts the steps of the core: how often the blocks of its code run, and how many items its searches of arrays pass. A
 * machine's speed and what else it does make no difference.
 */
export class Steps {
  private readonly session = new Session();
  private searched = 0;

  constructor() {
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** The steps that this takes. */
  of(work: () => void): number {
    this.take();
    this.searched = 0;
    const restore = this.countSearches();
    try {
      work();
    } finally {
      restore();
    }
    return this.take() + this.searched;
  }

  stop(): void {
    this.session.disconnect();
  }

  /** How often blocks ran since this was asked before. */
  private take(): number {
    let steps = 0;
    this.session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error !== null) throw error;
      for (const { url, functions } of (coverage as unknown as Coverage).result) {
        if (!url.includes('/src/core/')) continue;
        for (const { ranges } of functions) for (const { count } of ranges) steps += count;
      }
    });
    return steps;
  }

  /** Inside of these no block of the core runs, however long the array is. */
  private countSearches(): () => void {
    const { includes, indexOf } = Array.prototype;
    const passed = (items: readonly unknown[]): void => {
      this.searched += items.length;
    };
    Array.prototype.includes = function (...of) {
      passed(this);
      return includes.apply(this, of);
    };
    Array.prototype.indexOf = function (...of) {
      passed(this);
      return indexOf.apply(this, of);
    };
    return () => {
      Object.assign(Array.prototype, { includes, indexOf });
    };
  }
}
