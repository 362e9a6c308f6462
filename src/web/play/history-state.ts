import { type ReadonlySignal, signal } from '@preact/signals';
import type { ProposalJson, RoundJson } from '../../client/index.ts';
import type { Transport } from '../../client/transport.ts';
import { diagramOfHistory } from '../../play/history.ts';
import type { Diagram } from '../../play/types.ts';
import { type GroupNow, watchGroup } from '../group-now.ts';
import { refresher } from '../refresher.ts';

/** Some rounds of a group as a diagram. */
export interface History {
  /** Oldest first; at least one. */
  readonly rounds: readonly RoundJson[];
  readonly diagram: Diagram;
  /** How many agents there are too many of to be drawn. */
  readonly left: number;
}

export interface HistoryState {
  readonly now: GroupNow;
  /** Null: not read yet, or no round is kept. */
  readonly history: ReadonlySignal<History | null>;
  readonly isRead: ReadonlySignal<boolean>;
  /** The last round that the reader wants to see; null: the latest. */
  readonly to: ReadonlySignal<number | null>;
  readonly show: (to: number | null) => void;
}

/** Rounds in one diagram. */
export const roundsShown = 8;
/** Agents in one diagram: more lanes are no picture any more. */
const mostAgents = 16;
/** Proposals that are read of a round. */
const mostRead = 1000;

/** Follows the rounds of a group, as far as the reader may see them: the server leaves out what is hidden. */
export function watchHistory(name: string, transport: Transport, from: number | null): HistoryState {
  const to = signal(from);
  const history = signal<History | null>(null);
  const isRead = signal(false);
  const read = async (): Promise<void> => {
    const asked = to.peek();
    const newest = await group.rounds({ limit: roundsShown, ...(asked !== null && { before: asked + 1 }) });
    const rounds = [...newest].reverse();
    const lists = await Promise.all(rounds.map(({ round }) => proposalsOf(round)));
    // Meanwhile the reader may have stepped on.
    if (to.peek() !== asked) return;
    history.value = rounds.length === 0 ? null : historyOf(rounds, lists);
    isRead.value = true;
  };
  const proposalsOf = async (round: number): Promise<ProposalJson[]> => {
    const found: ProposalJson[] = [];
    for await (const each of group.proposals(round, { limit: mostRead })) found.push(each);
    return found;
  };
  const again = refresher(read);
  const now = watchGroup(name, transport, { read, event: again });
  const { group } = now;
  const show = (last: number | null): void => {
    to.value = last;
    again();
  };
  return { now, history, isRead, to, show };
}

/** `lists`: the proposals of each round. */
function historyOf(rounds: readonly RoundJson[], lists: readonly (readonly ProposalJson[])[]): History {
  const all = new Set([
    ...lists.flatMap((list) => list.map(({ agent }) => agent)),
    ...rounds.flatMap(({ missing }) => missing),
  ]);
  const drawn = new Set([...all].slice(0, mostAgents));
  const proposals = new Map(
    rounds.map(({ round }, place) => [round, (lists[place] ?? []).filter(({ agent }) => drawn.has(agent))]),
  );
  const shown = rounds.map((round) => ({
    ...round,
    missing: round.missing.filter((agent) => drawn.has(agent)),
    tally:
      round.tally?.map((row) => ({ ...row, agents: row.agents.filter((agent) => drawn.has(agent)) })) ?? null,
  }));
  return { rounds, diagram: diagramOfHistory(shown, proposals), left: all.size - drawn.size };
}
