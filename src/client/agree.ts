import type { Json } from '../core/types.ts';
import type { GroupJson, RoundJson } from '../core/view/json-types.ts';
import { deadlinePassed, hasCode, noOpenRound, type QuorateError } from './errors.ts';
import type { CallOptions, JoinOptions, ProposeOptions, ReadOptions } from './requests.ts';
import { aborted, type Clock, countdown, within } from './time.ts';

/** What a strategy returns, instead of a value, to abstain in a round. */
export const abstain: unique symbol = Symbol('abstain');

/** What a strategy may choose: a value, or `abstain`. */
export type Choice = Json | typeof abstain;

/**
 * Chooses what an agent proposes next. `last` is the round that closed before, with its tally as far as the rule reveals
 * it; null in the first round that this agent sees. `signal` aborts when the answer is no longer needed.
 */
export type Strategy = (
  last: RoundJson | null,
  round: number,
  signal: AbortSignal,
) => Choice | Promise<Choice>;

/** The calls of a group that `agree` makes. */
interface Rounds {
  readonly name: string;
  propose(options: ProposeOptions): Promise<RoundJson>;
  round(which: number | 'open' | 'latest', options?: ReadOptions): Promise<RoundJson>;
  show(options?: CallOptions): Promise<GroupJson>;
}

/** How an agent agrees: who it is, and how it chooses what to propose. */
export interface AgreeOptions extends CallOptions {
  readonly agent: string;
  readonly propose: Strategy;
  /** Join first, renew the lease, and leave at the end; by default the agent does not join. */
  readonly join?: boolean | Omit<JoinOptions, keyof CallOptions> | undefined;
  /** Chooses another value when the server cannot take the first one (too large, no number); by default `agree` rejects. */
  readonly onUnusable?: ((error: QuorateError) => Choice) | undefined;
  /** What goes beside each value or abstention that `propose` chose; by default nothing. */
  readonly note?: (() => string | undefined) | undefined;
  /** Called with each outcome that this agent sees, in order. */
  readonly onRound?: (round: RoundJson) => void;
}

const waitMs = 30_000;

/**
 * Proposes and waits in round after round until the group has decided or its rounds are used up, and returns that last
 * round. With `next: "manual"` it ends with the outcome of one round. Rejects with `no-open-round` when somebody must
 * open the next round first, with `deadline` when the time runs out, and with refusals that a retry cannot change:
 * `not-eligible`, `token-required`, `group-not-found`.
 *
 * An agent that restarts under its name continues where it was: its earlier proposal counts.
 */
export async function agree(
  group: Rounds,
  clock: Clock,
  options: Omit<AgreeOptions, 'join'>,
): Promise<RoundJson> {
  const { signal } = options;
  const left = countdown(clock, options.deadline);
  const limits = (): Limits => {
    signal?.throwIfAborted();
    if (left() === 0) throw deadlinePassed('not-executed');
    return { signal, deadline: left() };
  };
  const choose = async (last: RoundJson | null, round: number): Promise<Choice> => {
    const { deadline } = limits();
    let late = false;
    const choice = (stop: AbortSignal): Promise<Choice> => {
      stop.addEventListener('abort', () => {
        late = signal?.aborted !== true;
      });
      return Promise.race<Choice>([options.propose(last, round, stop), aborted(stop)]);
    };
    try {
      return await within(clock, deadline, signal, choice);
    } catch (error) {
      throw late ? deadlinePassed('not-executed', error) : error;
    }
  };

  let last: RoundJson | null = null;
  for (;;) {
    const current = await nextRound(group, last, limits);
    if (current === null) return last as RoundJson;
    const takingPart = async (): Promise<RoundJson> =>
      takePart(group, current.round, options, await choose(last, current.round), limits);
    const ended = current.state === 'WAITING' ? await ifKept(takingPart()) : current;
    if (ended === null) continue;
    last = ended;
    options.onRound?.(last);
    if (last.state === 'SUCCESS') return last;
  }
}

/** The round, or null when the server no longer keeps it. */
async function ifKept(round: Promise<RoundJson>): Promise<RoundJson | null> {
  try {
    return await round;
  } catch (error) {
    if (hasCode(error, 'round-not-kept')) return null;
    throw error;
  }
}

type Limits = CallOptions & { readonly deadline: number };

/**
 * The round to look at after `last`: the open one, or one that closed without this agent; null when no other round will
 * open by itself. Throws `no-open-round` when this agent has seen no round and somebody must open the next one.
 */
async function nextRound(
  group: Rounds,
  last: RoundJson | null,
  limits: () => CallOptions,
): Promise<RoundJson | null> {
  for (;;) {
    const latest = await group.round('latest', limits());
    const missed = last === null || latest.round <= last.round + 1 ? null : last.round + 1;
    // A round that is no longer kept is skipped: the group is faster than this agent.
    const round = missed === null ? null : await ifKept(group.round(missed, limits()));
    if (round !== null) return round;
    if (latest.state === 'WAITING' || (last !== null && latest.round > last.round)) return latest;
    const { status } = await group.show(limits());
    if (status === 'open') continue;
    if (last !== null) return null;
    if (status === 'idle') throw noOpenRound(group.name);
    return latest;
  }
}

/** The refusals of a value that the server cannot take. */
export const unusable = [
  'invalid-value',
  'too-large',
  'not-a-number',
  'not-an-option',
  'no-such-field',
] as const;

/** The refusals of a note: it is too long for so large an electorate, or the servers' log does not know notes yet. */
export const takesNoNote = ['note-too-long', 'version-not-active'] as const;

/** Whether the agent was taken out of the round: the next one has it again. */
export function isWaived(error: unknown, agent: string): error is QuorateError {
  return hasCode(error, 'not-eligible') && error.round?.waived?.some((one) => one.agent === agent) === true;
}

/** Proposes and waits until the round is closed. When others close or fill it first, returns their outcome. */
async function takePart(
  group: Rounds,
  number: number,
  { agent, onUnusable, note }: Pick<AgreeOptions, 'agent' | 'onUnusable' | 'note'>,
  choice: Choice,
  limits: () => CallOptions,
): Promise<RoundJson> {
  const proposalOf = (one: Choice, note?: string) =>
    one === abstain ? ({ abstain: true, note } as const) : { value: one, note };
  let proposal = proposalOf(choice, note?.());
  const wait = waitMs;
  for (;;) {
    let round: RoundJson;
    let incomplete = false;
    try {
      round = await group.propose({ ...limits(), agent, round: number, wait, ...proposal });
    } catch (error) {
      if (onUnusable !== undefined && hasCode(error, ...unusable)) {
        choice = onUnusable(error);
        proposal = proposalOf(choice, note?.());
        continue;
      }
      // A vote without its note is better than none.
      if (proposal.note !== undefined && hasCode(error, ...takesNoNote)) {
        proposal = proposalOf(choice);
        continue;
      }
      const goesOn = hasCode(
        error,
        'round-closed',
        'already-proposed',
        'round-full',
        'electorate-incomplete',
      );
      if (!goesOn && !isWaived(error, agent)) throw error;
      incomplete = error.code === 'electorate-incomplete';
      round = error.round ?? (await group.round(number, limits()));
    }
    while (round.state === 'WAITING') {
      round = await group.round(number, { ...limits(), after: round.revision, wait });
      // Propose again: the electorate may be complete now.
      if (incomplete) break;
    }
    if (round.state !== 'WAITING') return round;
  }
}
