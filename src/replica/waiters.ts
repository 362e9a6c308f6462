import type { Applied } from '../core/apply.ts';
import type { Surroundings } from './clock.ts';

/** How many callers are answered before other work gets its turn: a few milliseconds. */
const perTurn = 50;

/**
 * Callers that wait for something to happen to a group. Being woken is a hint: the waiter looks at the state again.
 *
 * There are three kinds, so that a round of 100,000 agents does not look at 100,000 waiters for each proposal: those who
 * wait for the close of a round look only then, at once; those who follow the group look after each change, and those who
 * follow its stream after each item, when it is their turn. However many wait, they are answered a few at a time.
 */
export class Waiters {
  /** What is to be done for callers in later turns, in order. */
  private readonly later: (() => void)[] = [];
  private readonly onClose = new Map<string, Set<Waiter>>();
  private readonly onChange = new Map<string, Set<Waiter>>();
  private readonly onItem = new Map<string, Set<Waiter>>();
  private readonly surroundings: Surroundings;
  private waiting = 0;
  private ended = false;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  /**
   * Resolves with what `look` sees once it sees something, looking again at each wake-up; with `otherwise` after `ms`
   * or when the caller hangs up.
   */
  wait<T>(
    group: string,
    kind: 'close' | 'change' | 'item',
    look: () => T | undefined,
    otherwise: () => T,
    limit: Limit,
  ): Promise<T> {
    const now = look();
    if (now !== undefined) return Promise.resolve(now);
    if (this.ended || limit.ms <= 0 || limit.caller?.destroyed) return Promise.resolve(otherwise());
    const byGroup = { close: this.onClose, change: this.onChange, item: this.onItem }[kind];
    return new Promise((resolve, reject) => {
      const set = byGroup.get(group) ?? new Set<Waiter>();
      byGroup.set(group, set);
      const seen = (see: () => T | undefined): (() => void) | null => {
        let answer: () => void;
        try {
          const found = see();
          if (found === undefined) return null;
          answer = () => resolve(found);
        } catch (error) {
          answer = () => reject(error as Error);
        }
        if (set.delete(waiter)) this.waiting -= 1;
        if (set.size === 0 && byGroup.get(group) === set) byGroup.delete(group);
        cancel();
        limit.caller?.removeListener('close', expire);
        return answer;
      };
      const waiter: Waiter = {
        isDue: false,
        look: () => (set.has(waiter) ? seen(look) : null),
        expire: () => seen(otherwise)?.(),
      };
      const expire = (): void => waiter.expire();
      const cancel = this.surroundings.after(limit.ms, expire);
      limit.caller?.once('close', expire);
      set.add(waiter);
      this.waiting += 1;
    });
  }

  /** Has those look again whose groups the events of an entry are about, and those whose groups' streams have changed. */
  wakeFor({ events, streamed }: Pick<Applied, 'events' | 'streamed'>): void {
    if (this.waiting === 0) return;
    const touched = new Map<string, boolean>();
    for (const event of events) {
      const closed = event.type === 'round-closed' || event.type === 'group-deleted';
      touched.set(event.group, touched.get(event.group) === true || closed);
    }
    for (const [group, closed] of touched) this.wake(group, closed);
    for (const group of streamed) this.answer(this.inTurn(this.onItem.get(group)));
  }

  wake(group: string, closed: boolean): void {
    const answers = this.inTurn(this.onChange.get(group));
    // The next entry may let go of the round that has closed: what they see of it is taken now.
    if (closed)
      for (const waiter of [...(this.onClose.get(group) ?? [])]) {
        const answer = waiter.look();
        if (answer !== null) answers.push(answer);
      }
    this.answer(answers);
  }

  /** What has each of them look in its turn. */
  private inTurn(waiters: Iterable<Waiter> = []): (() => void)[] {
    const looks: (() => void)[] = [];
    for (const waiter of waiters) {
      if (waiter.isDue) continue;
      waiter.isDue = true;
      looks.push(() => {
        waiter.isDue = false;
        waiter.look()?.();
      });
    }
    return looks;
  }

  /** Answers the first now, and all others in later turns. */
  private answer(answers: readonly (() => void)[]): void {
    const { later } = this;
    let now = 0;
    if (later.length === 0) for (; now < perTurn && now < answers.length; now += 1) answers[now]?.();
    if (now === answers.length) return;
    if (later.length === 0) this.surroundings.soon(() => this.answerMore());
    for (; now < answers.length; now += 1) later.push(answers[now] as () => void);
  }

  private answerMore(): void {
    for (const answer of this.later.splice(0, perTurn)) answer();
    if (this.later.length > 0) this.surroundings.soon(() => this.answerMore());
  }

  /** Answers all who wait with what there is; from now on `wait` answers at once. */
  end(): void {
    this.ended = true;
    this.release();
  }

  /** Answers all who wait with what there is. */
  release(): void {
    for (const answer of this.later.splice(0)) answer();
    for (const byGroup of [this.onClose, this.onChange, this.onItem]) {
      for (const set of [...byGroup.values()]) for (const waiter of [...set]) waiter.expire();
    }
  }

  get size(): number {
    return this.waiting;
  }
}

export interface Limit {
  readonly ms: number;
  /** The caller's connection: once it closes, the wait ends. A response of node:http will do; an AbortSignal for each costs a tenth of a request. */
  readonly caller?: Caller | undefined;
}

/** Something that closes once and can say whether it has. */
interface Caller {
  readonly destroyed: boolean;
  once(event: 'close', call: () => void): unknown;
  removeListener(event: 'close', call: () => void): unknown;
}

interface Waiter {
  /** Whether it is to look in a later turn already. */
  isDue: boolean;
  /** Looks at the state again; returns what answers the caller, or null while it waits on. */
  look(): (() => void) | null;
  expire(): void;
}
