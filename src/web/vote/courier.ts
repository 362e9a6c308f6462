import { QuorateError } from '../../client/errors.ts';
import type { RoundJson } from '../../core/view/json-types.ts';
import type { Store } from '../store.ts';
import { type Ballot, type Kept, pauseAfter, step, type Vote, type VoteEvent } from './ballot.ts';
import { keepVote, type Owner, voteKept } from './keeping.ts';

/** How ballots reach the server. */
export interface Wire {
  /** Sends the ballot once. Rejects with `QuorateError`, or with the signal's reason. */
  propose(ballot: Ballot, signal: AbortSignal): Promise<RoundJson>;
  /** What the server has counted of this person in a round; null when nothing. */
  own(round: number): Promise<Kept | null>;
}

/** Time as the courier needs it; tests pass their own. */
export interface Timer {
  now(): number;
  /** Calls after `ms`, unless the function that it returns is called first. */
  after(ms: number, call: () => void): () => void;
}

const pageTimer: Timer = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Takes the ballots of one person in one round to the server, until each is counted or refused. What is on its way is kept
 * before it is sent, so that whoever comes back sends the same ballot again.
 */
export class Courier {
  readonly round: number;
  private readonly owner: Owner;
  private readonly wire: Wire;
  private readonly store: Store;
  private readonly timer: Timer;
  private readonly onVote: (vote: Vote) => void;
  private now: Vote;
  private attempt: AbortController | null = null;
  private cancel: () => void = () => {};
  private stopped = false;

  constructor(
    round: number,
    owner: Owner,
    {
      wire,
      store,
      timer = pageTimer,
      onVote,
    }: {
      readonly wire: Wire;
      readonly store: Store;
      readonly timer?: Timer;
      /** Called with each new state. */
      readonly onVote: (vote: Vote) => void;
    },
  ) {
    this.round = round;
    this.owner = owner;
    this.wire = wire;
    this.store = store;
    this.timer = timer;
    this.onVote = onVote;
    this.now = voteKept(store, owner, round);
    this.work();
  }

  get vote(): Vote {
    return this.now;
  }

  /** Takes a step, keeps what came of it, and sends what is to be sent. */
  dispatch(event: VoteEvent): void {
    const next = step(this.now, event);
    if (next === this.now || this.stopped) return;
    this.now = next;
    keepVote(this.store, this.owner, this.round, next);
    this.onVote(next);
    this.work();
  }

  /** Somebody looks at the page again, or the network is back: asks at once, since an attempt from before may hang. */
  wake(): void {
    this.attempt?.abort();
    this.attempt = null;
    this.dispatch({ type: 'try-now' });
    this.work();
  }

  /** Another tab has written what is kept. */
  readAgain(): void {
    const kept = voteKept(this.store, this.owner, this.round);
    if (kept.state === 'durable') this.dispatch({ type: 'found', kept: kept.kept });
    if (kept.state === 'sending') this.dispatch({ type: 'send', ballot: kept.ballot });
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
    this.attempt?.abort();
  }

  private work(): void {
    const vote = this.now;
    if (this.stopped || this.attempt !== null || vote.state !== 'sending') return;
    this.cancel();
    if (vote.retryAt === null) void this.send(vote.ballot, vote.failures);
    else {
      const ms = Math.max(0, vote.retryAt - this.timer.now());
      this.cancel = this.timer.after(ms, () => this.dispatch({ type: 'try-now' }));
    }
  }

  private async send(ballot: Ballot, failures: number): Promise<void> {
    const attempt = new AbortController();
    this.attempt = attempt;
    const event = await this.ask(ballot, failures, attempt.signal);
    // A later attempt has taken its place.
    if (this.attempt !== attempt) return;
    this.attempt = null;
    this.dispatch(event);
    this.work();
  }

  private async ask(ballot: Ballot, failures: number, signal: AbortSignal): Promise<VoteEvent> {
    const { key } = ballot;
    try {
      const { index } = await this.wire.propose(ballot, signal);
      return { type: 'counted', key, index };
    } catch (error) {
      if (isFinal(error)) return this.refused(ballot, error);
      return { type: 'no-answer', key, retryAt: this.timer.now() + pauseAfter(failures + 1) };
    }
  }

  private async refused(ballot: Ballot, error: QuorateError): Promise<VoteEvent> {
    const { key } = ballot;
    // Another tab, or the same person by another way, was first: what it said counts.
    if (['already-proposed', 'stale-seq', 'key-reused'].includes(error.code)) {
      const kept = await this.wire.own(ballot.round).catch(() => null);
      if (kept !== null) return { type: 'found', kept };
    }
    const { code, detail, fix, round } = error;
    return { type: 'refused', key, refusal: { code, detail, fix, closedAt: round?.closedAt ?? null } };
  }
}

/** Whether sending the same again would be answered the same way. */
function isFinal(error: unknown): error is QuorateError {
  if (!(error instanceof QuorateError) || error.outcome === 'unknown') return false;
  const passing =
    error.code === 'unreachable' || error.code === 'deadline' || error.code === 'unexpected-reply';
  return !passing && error.status !== 429 && error.status < 500;
}
