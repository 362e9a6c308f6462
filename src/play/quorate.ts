import { apply } from '../core/apply.ts';
import type { Command, Entry } from '../core/entry.ts';
import { tellingFor } from '../core/group/classroom.ts';
import { emptyState, type Group, type State } from '../core/group/state.ts';
import { canonical } from '../core/json.ts';
import type { Result } from '../core/result.ts';
import { parseSettings } from '../core/rule/settings.ts';
import type { Json, Outcome, Settings } from '../core/types.ts';
import { agentName } from './names.ts';
import { randomAt } from './random.ts';
import type { Decision, Handled, Server } from './server.ts';
import type { ActorState, Content, Lifeline, Note, RunRecord } from './types.ts';

const name = 'default';

/**
 * A server of Quorate: the core as it is shipped, fed with the entries of a log as on every server. A request without a round
 * is one of the classroom's two routes; one with a round speaks under the agent's name.
 */
export class Quorate implements Server {
  readonly #agents: number;
  readonly #seed: number;
  readonly #log: Entry[] = [];
  #state: State = emptyState();
  /** Whose proposal took which seat of which round: for the notes and the judgement alone. */
  readonly #senders = new Map<string, Lifeline>();

  constructor(record: RunRecord) {
    this.#agents = record.agents;
    this.#seed = record.seed;
    const keys = { joinKeyHash: null, observerKeyHash: null };
    const settings = settingsOf(record);
    this.#append({ type: 'put-group', group: name, settings, ifRevision: 0, ...keys });
  }

  get version(): number {
    return this.#state.index;
  }

  get #group(): Group {
    return this.#state.groups.get(name) as Group;
  }

  handle(from: Lifeline, request: Content): Handled {
    if (request.kind === 'post' && 'value' in request) return this.#post(from, request.round, request.value);
    const round = request.kind === 'ask' ? request.round : null;
    return round === null ? this.#tell(from) : this.#read(round);
  }

  /** PUT .../rounds/<round>/proposals/<agent>; without a round POST /number. */
  #post(from: Lifeline, round: number | null, number: Json): Handled {
    const agent = round === null ? null : agentName(from);
    const rest = { value: canonical(number), seq: null, tokenHash: null, key: null };
    const result = this.#append({ type: 'propose', group: name, round, agent, ...rest });
    const reply: Content = result.ok
      ? { kind: 'taken', round }
      : { kind: 'refused', code: result.code, round };
    return { reply, notes: this.#notesOn(from, result), decision: null };
  }

  #notesOn(from: Lifeline, result: Result): Note[] {
    const known = result.ok ? result.did === 'repeated' : result.code === 'already-proposed';
    if (known) return [{ note: 'counted-once', agent: from }];
    if (!result.ok || result.did !== 'proposed') return [];
    const { round, agent } = result;
    const { closed, open } = this.#group;
    const outcome = closed.get(round);
    const seats = [...((outcome ?? open)?.proposals.keys() ?? [])];
    const again = seats.some((seat) => this.#senders.get(`${round} ${seat}`) === from);
    this.#senders.set(`${round} ${agent}`, from);
    const notes: Note[] = again ? [{ note: 'counted-again', agent: from }] : [];
    if (outcome === undefined)
      return [...notes, { note: 'in', count: open?.proposals.size ?? 0, of: this.#agents }];
    const { value = null, by = [] } = this.#decisionOf(outcome) ?? {};
    const values = [...outcome.proposals.values()].map((proposal) => numberOf(proposal.value));
    return [...notes, { note: 'closed', round, state: outcome.state, value, values, by }];
  }

  /** GET .../rounds/<round>, or .../rounds/latest */
  #read(asked: number | 'latest'): Handled {
    const round = asked === 'latest' ? this.#group.round : asked;
    const outcome = this.#group.closed.get(round);
    const decision = outcome === undefined ? null : this.#decisionOf(outcome);
    const state = outcome?.state ?? 'WAITING';
    return { reply: { kind: 'state', state, round, value: decision?.value ?? null }, notes: [], decision };
  }

  /** GET /state/<id>, which goes into the log where it tells an outcome for the first time. */
  #tell(from: Lifeline): Handled {
    const reader = agentName(from);
    const { state, isNew } = tellingFor(this.#group, reader, false);
    const latest = [...this.#group.closed.values()].at(-1);
    const decision = state === 'SUCCESS' && latest !== undefined ? this.#decisionOf(latest) : null;
    if (isNew) this.#append({ type: 'tell', group: name, reader, identified: false });
    return { reply: { kind: 'state', state, round: null, value: null }, notes: [], decision };
  }

  /** It loses its state, and comes to the same one by applying its log: nothing that was acknowledged is gone. */
  restart(): Note {
    this.#state = emptyState();
    for (const [i, entry] of this.#log.entries()) apply(this.#state, entry, i + 1);
    return { note: 'replayed', entries: this.#log.length };
  }

  state(): ActorState {
    const { closed, open, round } = this.#group;
    const state = [...closed.values()].at(-1)?.state ?? 'WAITING';
    return { kind: 'server', state, round, count: open?.proposals.size ?? 0, of: this.#agents };
  }

  /** Writes a command to the log and applies it, as a server does with one that it got by itself. */
  #append(command: Command): Result {
    const index = this.#log.length + 1;
    const entry: Entry = {
      version: this.#state.version,
      writer: 'play',
      serial: index,
      server: 'play',
      time: index,
      reckoned: index,
      alone: true,
      seed: randomAt(this.#seed, 'entry', index),
      commands: [command],
    };
    this.#log.push(entry);
    return apply(this.#state, entry, index).results[0] as Result;
  }

  #decisionOf({ round, state, value, proposals }: Outcome): Decision | null {
    if (state !== 'SUCCESS') return null;
    const equal = [...proposals.values()].filter((proposal) => proposal.value === value);
    const by = equal.map(({ agent }) => this.#senders.get(`${round} ${agent}`) as Lifeline);
    return { round, value: numberOf(value), by, winners: 1 };
  }
}

/** The settings of the classroom's group, as a server of Quorate has them; agents that name their rounds decide once. */
function settingsOf({ agents, quorum, clients }: RunRecord): Settings {
  const next = clients === 'named' ? 'until-success' : 'continuous';
  const rule = { electorate: { size: agents }, threshold: quorum, next };
  const parsed = parseSettings({ preset: 'classroom', rule });
  if (!parsed.ok) throw new Error(parsed.complaints[0]?.fix);
  return parsed.settings;
}

function numberOf(value: string | null): number {
  return Number(value);
}
