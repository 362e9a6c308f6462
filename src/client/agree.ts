import type { GroupShape, RoundShape } from '../core/shapes.ts';
import type { Json } from '../core/types.ts';
import type { Bounds, Proposing, Reading } from './asks.ts';
import { deadlinePassed, hasCode } from './errors.ts';
import { type Clock, toMs } from './time.ts';

/**
 * What an agent puts forward next. `last` is the round that closed before, with its tally as far as the
 * rule reveals it, or null in the first round this agent meets.
 */
export type Strategy = (last: RoundShape | null, round: number) => Json | Promise<Json>;

/** The part of a group that taking part in it needs. */
interface Rounds {
  propose(asked: Proposing): Promise<RoundShape>;
  round(which: number | 'open' | 'latest', reading?: Reading): Promise<RoundShape>;
  show(bounds?: Bounds): Promise<GroupShape>;
}

export interface Agree extends Bounds {
  readonly agent: string;
  readonly propose: Strategy;
  /** Told of each outcome this agent learns of, in order. */
  readonly onRound?: (round: RoundShape) => void;
}

const waitMs = 30_000;

/**
 * Proposes, waits, goes on to the next round, until the group has decided or its rounds are used up, and gives
 * that last round back. With `next: "manual"` it ends with the outcome of one round, after waiting for it to
 * be opened. Rejects with `deadline` when the time runs out, and with what the server refuses for good:
 * `not-eligible`, `token-required`, `group-not-found`.
 *
 * An agent that starts again under its name goes on where it was: what it proposed before stands.
 */
export async function agree(group: Rounds, clock: Clock, asked: Agree): Promise<RoundShape> {
  const { signal } = asked;
  const end = clock.now() + (asked.deadline === undefined ? Number.POSITIVE_INFINITY : toMs(asked.deadline));
  const bounds = (): Bounds => {
    signal?.throwIfAborted();
    const left = end - clock.now();
    if (left <= 0) throw deadlinePassed('not-executed');
    return { signal, deadline: left };
  };

  let last: RoundShape | null = null;
  for (;;) {
    const current = await nextRound(group, last, bounds);
    if (current === null) return last as RoundShape;
    last = current.state === 'WAITING' ? await takePart(group, current.round, asked, last, bounds) : current;
    asked.onRound?.(last);
    if (last.state === 'SUCCESS') return last;
  }
}

/**
 * The round to look at after `last`: the open one, or an outcome reached without this agent; null when no
 * other comes by itself. An agent that has met no round yet waits for the next to be asked for.
 */
async function nextRound(
  group: Rounds,
  last: RoundShape | null,
  bounds: () => Bounds,
): Promise<RoundShape | null> {
  let news: Reading = {};
  for (;;) {
    const latest = await group.round('latest', { ...bounds(), ...news });
    if (last !== null && latest.round > last.round + 1) return group.round(last.round + 1, bounds());
    if (latest.state === 'WAITING' || (last !== null && latest.round > last.round)) return latest;
    const { status } = await group.show(bounds());
    if (status === 'open') continue;
    if (last !== null) return null;
    if (status !== 'idle') return latest;
    news = { after: latest.revision, wait: waitMs };
  }
}

/** Proposes and waits for the round to close; where others closed or filled it first, takes their outcome. */
async function takePart(
  group: Rounds,
  number: number,
  { agent, propose }: Agree,
  last: RoundShape | null,
  bounds: () => Bounds,
): Promise<RoundShape> {
  const value = await propose(last, number);
  const wait = waitMs;
  for (;;) {
    let round: RoundShape;
    let unready = false;
    try {
      round = await group.propose({ ...bounds(), agent, round: number, value, wait });
    } catch (error) {
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
