import type { RoundState } from '../core/types.ts';
import type { Decision, Handled, Server } from './server.ts';
import type { ActorState, Content, Lifeline, Note } from './types.ts';

interface Sent {
  readonly value: number;
  readonly from: Lifeline;
}

/**
 * The server of the exercise, written anew from its description, faults included. There is one state for all: posts carry no
 * name and no round, FAILED stays until all have read it, and a batch that fills meanwhile is thrown away unjudged.
 */
export class Exercise implements Server {
  readonly #agents: number;
  readonly #quorum: number;
  #state: RoundState = 'WAITING';
  #numbers: Sent[] = [];
  #readers = new Set<Lifeline>();
  #decision: Decision | null = null;
  version = 0;

  constructor(agents: number, quorum: number) {
    this.#agents = agents;
    this.#quorum = quorum;
  }

  handle(from: Lifeline, request: Content): Handled {
    return request.kind === 'post' && 'value' in request
      ? this.#post({ value: Number(request.value), from })
      : this.#ask(from);
  }

  /** POST /number */
  #post(sent: Sent): Handled {
    this.version += 1;
    const again = this.#numbers.some(({ from }) => from === sent.from);
    this.#numbers.push(sent);
    const notes: Note[] = again ? [{ note: 'counted-again', agent: sent.from }] : [];
    notes.push(
      this.#numbers.length === this.#agents
        ? this.#full()
        : { note: 'in', count: this.#numbers.length, of: this.#agents },
    );
    return { reply: { kind: 'taken', round: null }, notes, decision: null };
  }

  /** All numbers are in: they are judged, unless some have not read how the last ones were judged. */
  #full(): Note {
    const numbers = this.#numbers;
    this.#numbers = [];
    if (this.#state !== 'WAITING') return { note: 'thrown-away', count: numbers.length };
    this.#decision = decisionOf(numbers, this.#quorum);
    this.#state = this.#decision === null ? 'FAILED' : 'SUCCESS';
    const { value = null, by = [] } = this.#decision ?? {};
    const values = numbers.map((sent) => sent.value);
    return { note: 'closed', round: null, state: this.#state, value, values, by };
  }

  /** GET /state/<id> */
  #ask(from: Lifeline): Handled {
    const reply: Content = { kind: 'state', state: this.#state, round: null, value: null };
    const decision = this.#state === 'SUCCESS' ? this.#decision : null;
    if (this.#state !== 'FAILED' || this.#readers.has(from)) return { reply, notes: [], decision };
    this.version += 1;
    this.#readers.add(from);
    if (this.#readers.size < this.#agents) return { reply, notes: [], decision };
    this.#state = 'WAITING';
    this.#readers.clear();
    return { reply, notes: [{ note: 'reset', count: this.#numbers.length }], decision };
  }

  /** All of it was in memory. */
  restart(): Note {
    this.version += 1;
    this.#state = 'WAITING';
    this.#numbers = [];
    this.#readers.clear();
    this.#decision = null;
    return { note: 'forgot' };
  }

  state(): ActorState {
    const { length } = this.#numbers;
    return { kind: 'server', state: this.#state, round: null, count: length, of: this.#agents };
  }
}

/** The first number that is there often enough, whoever sent it; null when there is none. */
function decisionOf(numbers: readonly Sent[], quorum: number): Decision | null {
  const values = [...new Set(numbers.map(({ value }) => value))];
  const winners = values.filter((one) => numbers.filter(({ value }) => value === one).length >= quorum);
  const [value] = winners;
  if (value === undefined) return null;
  const by = numbers.filter((sent) => sent.value === value).map(({ from }) => from);
  return { round: null, value, by, winners: winners.length };
}
