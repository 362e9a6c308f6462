import type { Json } from '../core/types.ts';
import type { GroupJson, RoundJson } from '../core/view/json-types.ts';
import { deadlinePassed, hasCode, noOpenRound, type QuorateError } from './errors.ts';
import type { Bounds, Joining, Proposing, Reading } from './requests.ts';
import { aborted, type Clock, countdown, within } from './time.ts';

/** What a strategy gives instead of a value to abstain in a round. */
export const abstain: unique symbol = Symbol('abstain');

export type Choice = Json | typeof abstain;

/**
 * What an agent puts forward next. `last` is the round that closed before, with its tally as far as the
 * rule reveals it, or null in the first round this agent meets. `signal` aborts when nobody waits for the answer
 * any more.
 */
export type Strategy = (
  last: RoundJson | null,
  round: number,
  signal: AbortSignal,
) => Choice | Promise<Choice>;

/** The part of a group that taking part in it needs. */
interface Rounds {
  readonly name: string;
  propose(asked: Proposing): Promise<RoundJson>;
  round(which: number | 'open' | 'latest', reading?: Reading): Promise<RoundJson>;
  show(bounds?: Bounds): Promise<GroupJson>;
}

export interface Agree extends Bounds {
  readonly agent: string;
  readonly propose: Strategy;
  /** Join first, keep the lease while it lasts, and leave at the end; without it the agent does not join. */
  readonly join?: boolean | Omit<Joining, keyof Bounds> | undefined;
  /** What to put forward instead where the server cannot take the value, as too large or no number; else that rejects. */
  readonly onUnusable?: ((error: QuorateError) => Choice) | undefined;
  /** Told of each outcome this agent learns of, in order. */
  readonly onRound?: (round: RoundJson) => void;
}

const waitMs = 30_000;

/**
 * Proposes, waits, goes on to the next round, until the group has decided or its rounds are used up, and gives
 * that last round back. With `next: "manual"` it ends with the outcome of one round. Rejects with `no-open-round` where
 * the next round must be asked for first, with `deadline` when the time runs out, and with what the server refuses for
 * good: `not-eligible`, `token-required`, `group-not-found`.
 *
 * An agent that starts again under its name goes on where it was: what it proposed before stands.
 */
export async function agree(group: Rounds, clock: Clock, asked: Omit<Agree, 'join'>): Promise<RoundJson> {
  const { signal } = asked;
  const left = countdown(clock, asked.deadline);
  const bounds = (): Left => {
    signal?.throwIfAborted();
    if (left() === 0) throw deadlinePassed('not-executed');
    return { signal, deadline: left() };
  };
  const choose = async (last: RoundJson | null, round: number): Promise<Choice> => {
    const { deadline } = bounds();
    let late = false;
    const ask = (stop: AbortSignal): Promise<Choice> => {
      stop.addEventListener('abort', () => {
        late = signal?.aborted !== true;
      });
      return Promise.race<Choice>([asked.propose(last, round, stop), aborted(stop)]);
    };
    try {
      return await within(clock, deadline, signal, ask);
    } catch (error) {
      throw late ? deadlinePassed('not-executed', error) : error;
    }
  };

  let last: RoundJson | null = null;
  for (;;) {
    const current = await nextRound(group, last, bounds);
    if (current === null) return last as RoundJson;
    const taking = async (): Promise<RoundJson> =>
      takePart(group, current.round, asked, await choose(last, current.round), bounds);
    const ended = current.state === 'WAITING' ? await kept(taking()) : current;
    if (ended === null) continue;
    last = ended;
    asked.onRound?.(last);
    if (last.state === 'SUCCESS') return last;
  }
}

/** A round, or null when the server let go of it before its outcome could be read. */
async function kept(round: Promise<RoundJson>): Promise<RoundJson | null> {
  try {
    return await round;
  } catch (error) {
    if (hasCode(error, 'round-not-kept')) return null;
    throw error;
  }
}

type Left = Bounds & { readonly deadline: number };

/**
 * The round to look at after `last`: the open one, or an outcome reached without this agent; null when no
 * other comes by itself. Throws `no-open-round` where this agent has met no round and somebody must open the next.
 */
async function nextRound(
  group: Rounds,
  last: RoundJson | null,
  bounds: () => Bounds,
): Promise<RoundJson | null> {
  for (;;) {
    const latest = await group.round('latest', bounds());
    const missed = last === null || latest.round <= last.round + 1 ? null : last.round + 1;
    // One that is no longer kept is passed over: the group went on faster than this agent.
    const round = missed === null ? null : await kept(group.round(missed, bounds()));
    if (round !== null) return round;
    if (latest.state === 'WAITING' || (last !== null && latest.round > last.round)) return latest;
    const { status } = await group.show(bounds());
    if (status === 'open') continue;
    if (last !== null) return null;
    if (status === 'idle') throw noOpenRound(group.name);
    return latest;
  }
}

/** Proposes and waits for the round to close; where others closed or filled it first, takes their outcome. */
async function takePart(
  group: Rounds,
  number: number,
  { agent, onUnusable }: Pick<Agree, 'agent' | 'onUnusable'>,
  choice: Choice,
  bounds: () => Bounds,
): Promise<RoundJson> {
  const saying = (one: Choice) => (one === abstain ? ({ abstain: true } as const) : { value: one });
  let what = saying(choice);
  const wait = waitMs;
  for (;;) {
    let round: RoundJson;
    let unready = false;
    try {
      round = await group.propose({ ...bounds(), agent, round: number, wait, ...what });
    } catch (error) {
      if (onUnusable !== undefined && hasCode(error, 'invalid-value', 'too-large', 'not-a-number')) {
        what = saying(onUnusable(error));
        continue;
      }
      if (!hasCode(error, 'round-closed', 'already-proposed', 'round-full', 'electorate-incomplete'))
        throw error;
      unready = error.code === 'electorate-incomplete';
      round = error.round ?? (await group.round(number, bounds()));
    }
    while (round.state === 'WAITING') {
      round = await group.round(number, { ...bounds(), after: round.revision, wait });
      if (unready) break;
    }
    if (round.state !== 'WAITING') return round;
  }
}
