import { canonical } from '../core/json.ts';
import type { RoundState } from '../core/types.ts';
import type { CountedJson, ProposalJson, RoundJson } from '../core/view/json-types.ts';
import type { ActorState, Content, Diagram, DiagramEvent, Lifeline, Note, Verdict } from './types.ts';

/**
 * What a server tells of a group's rounds, as the diagram of a run: each proposal with the entry that counted it, and each
 * outcome as it is told to those who took part. What the rule hides stays out. `rounds` are oldest first; `proposals` by round.
 */
export function diagramOfHistory(
  rounds: readonly RoundJson[],
  proposals: ReadonlyMap<number, readonly ProposalJson[]>,
): Diagram {
  const history = new History(agentsIn(rounds, proposals));
  for (const round of rounds) history.add(round, proposals.get(round.round) ?? []);
  return history.diagram(rounds.at(-1));
}

/** All who are named anywhere, by name. */
function agentsIn(
  rounds: readonly RoundJson[],
  proposals: ReadonlyMap<number, readonly ProposalJson[]>,
): string[] {
  const named = [
    ...rounds.flatMap(({ missing, tally }) => [...missing, ...(tally ?? []).flatMap(({ agents }) => agents)]),
    ...[...proposals.values()].flatMap((list) => list.map(({ agent }) => agent)),
  ];
  return [...new Set(named)].sort();
}

class History {
  readonly #agents: readonly string[];
  readonly #server: Lifeline;
  readonly #events: DiagramEvent[] = [];
  #step = 0;

  constructor(agents: readonly string[]) {
    this.#agents = agents;
    this.#server = agents.length;
  }

  add(round: RoundJson, proposals: readonly ProposalJson[]): void {
    this.#showServer(round, 'WAITING', 0);
    const isIn = new Set<string>();
    for (const { agent, counted } of inOrder(proposals)) {
      this.#step += 1;
      isIn.add(agent);
      this.#proposed(round.round, agent, counted);
      this.#say({ note: 'in', count: isIn.size, of: round.eligible });
      this.#showServer(round, 'WAITING', isIn.size);
    }
    if (round.state !== 'WAITING') this.#closed(round, proposals);
  }

  diagram(last: RoundJson | undefined): Diagram {
    const agents = this.#agents.map((id) => ({ id, kind: 'agent' as const }));
    const lifelines = [...agents, { id: 'server', kind: 'server' as const }];
    const verdict: Verdict =
      last?.state === 'SUCCESS'
        ? { verdict: 'SUCCESS', value: last.value, round: last.round }
        : { verdict: 'OPEN' };
    return { lifelines, events: this.#events, steps: this.#step, verdict };
  }

  #proposed(round: number, agent: string, { value, abstain }: CountedJson): void {
    const who = this.#agents.indexOf(agent);
    const without = abstain === true ? 'abstain' : 'hidden';
    const post = { kind: 'post', round } as const;
    this.#arrived(who, this.#server, value === undefined ? { ...post, without } : { ...post, value });
    this.#show(who, { kind: 'agent', phase: 'waits', number: value ?? null, round, decision: null });
  }

  #closed({ round, state, value, tally, eligible }: RoundJson, proposals: readonly ProposalJson[]): void {
    this.#step += 1;
    const values = proposals.flatMap((one) => (one.value === undefined ? [] : [one.value]));
    const winners =
      state === 'SUCCESS' ? tally?.find((one) => canonical(one.value) === canonical(value)) : null;
    const by = (winners?.agents ?? []).map((agent) => this.#agents.indexOf(agent));
    this.#say({ note: 'closed', round, state, value, values, by });
    this.#showServer({ round, eligible }, state, 0);
    for (const { agent, value: number = null } of proposals) {
      const who = this.#agents.indexOf(agent);
      this.#arrived(this.#server, who, { kind: 'state', state, round, value });
      const told = { kind: 'agent', number, round, decision: value } as const;
      if (state === 'SUCCESS') this.#show(who, { ...told, phase: 'ended' });
    }
  }

  /** When it was sent is not known: it is shown as having arrived at once. */
  #arrived(from: Lifeline, to: Lifeline, content: Content): void {
    const [at, arrived] = [this.#step, this.#step];
    const name = `${this.#events.length}`;
    const rest = { fate: 'arrive', copy: false, stale: false } as const;
    this.#events.push({ type: 'message', at, from, to, name, content, arrived, ...rest });
  }

  #say(note: Note): void {
    this.#events.push({ type: 'note', at: this.#step, who: this.#server, ...note });
  }

  #showServer(
    { round, eligible }: Pick<RoundJson, 'round' | 'eligible'>,
    state: RoundState,
    count: number,
  ): void {
    this.#show(this.#server, { kind: 'server', state, round, count, of: eligible });
  }

  #show(who: Lifeline, state: ActorState): void {
    this.#events.push({ type: 'state', at: this.#step, who, state });
  }
}

/** All proposals and those that they took the place of, as the log counted them; those of unknown time first, by agent. */
function inOrder(proposals: readonly ProposalJson[]): { agent: string; counted: CountedJson }[] {
  const all = proposals.flatMap((last) =>
    [...last.changes, last].map((counted) => ({ agent: last.agent, counted })),
  );
  return all.sort((one, other) => (one.counted.index ?? 0) - (other.counted.index ?? 0));
}
