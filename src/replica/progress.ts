import type { State } from '../core/group/state.ts';
import type { Surroundings } from './clock.ts';

/** Waits until this server has applied the entry with some index. */
export class Progress {
  private readonly state: State;
  private readonly surroundings: Surroundings;
  private readonly waiting = new Set<Waiting>();
  private ended = false;

  constructor(state: State, surroundings: Surroundings) {
    this.state = state;
    this.surroundings = surroundings;
  }

  /** Resolves once the entry with this index is applied. */
  reached(index: number): Promise<void> {
    if (this.state.index >= index) return Promise.resolve();
    return new Promise((go) => this.waiting.add({ index, go }));
  }

  /** Resolves with whether the entry with this index was applied within `ms`; with false as soon as the server stops. */
  reachedWithin(index: number, ms: number): Promise<boolean> {
    if (this.state.index >= index) return Promise.resolve(true);
    if (this.ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (reached: boolean): void => {
        cancel();
        this.waiting.delete(one);
        resolve(reached);
      };
      const one: Waiting = { index, go: () => end(true), giveUp: () => end(false) };
      const cancel = this.surroundings.after(ms, () => end(false));
      this.waiting.add(one);
    });
  }

  /** To be called after each entry. */
  applied(): void {
    for (const one of this.waiting) {
      if (one.index > this.state.index) continue;
      this.waiting.delete(one);
      one.go();
    }
  }

  /** Ends the waits of `reachedWithin`: no more entries will be applied, or the server stops. */
  end(): void {
    this.ended = true;
    for (const one of [...this.waiting]) one.giveUp?.();
  }

  get size(): number {
    return this.waiting.size;
  }
}

interface Waiting {
  readonly index: number;
  go(): void;
  giveUp?(): void;
}
