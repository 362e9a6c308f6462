import { messageName } from './names.ts';
import { belowAt } from './random.ts';
import type { Decision } from './server.ts';
import type { Content, DiagramEvent, Fate, Lifeline, RunRecord } from './types.ts';

export type Message = Extract<DiagramEvent, { type: 'message' }>;

/** A message on its way. What the diagram shows of it is filled in when it arrives. */
export interface Flight {
  readonly message: { -readonly [field in keyof Message]: Message[field] };
  /** The agent at its one end; which of its requests this is, or answers. */
  readonly agent: Lifeline;
  readonly request: number;
  readonly isReply: boolean;
  /** When it can arrive, by the clock of the run. */
  readonly readyAt: number;
  /** Of a reply: of what state of the server, and the decision that it tells of. */
  readonly version: number;
  readonly decision: Decision | null;
}

export type Letter = Omit<Flight, 'message' | 'readyAt'> & { readonly content: Content };

/** So long an agent waits for a reply before it asks again, and a crashed one until it starts again. */
export const patience = 8;
/** A held message takes up to so long, which is less or more than its sender waits. */
const longestHold = 2 * patience;
const copyHold = 2;

/** All messages of one side that are on their way, and what becomes of each. */
export class Mail {
  readonly #record: RunRecord;
  readonly #server: Lifeline;
  readonly #flights: Flight[] = [];

  constructor(record: RunRecord) {
    this.#record = record;
    this.#server = record.agents;
  }

  get flights(): readonly Flight[] {
    return this.#flights;
  }

  /** Sends a message, or loses it; returns it as the diagram shows it. A copy and what answers it just arrive. */
  send(letter: Letter, step: number, clock: number, isCopy: boolean): Message[] {
    const fate = isCopy ? 'arrive' : this.#fateOf(letter);
    const sent = [this.#message(letter, step, fate, isCopy)];
    const { agent, request, isReply } = letter;
    const hold = 2 + belowAt(longestHold - 1, this.#record.seed, 'hold', agent, request, Number(isReply));
    if (fate !== 'drop') this.#fly(letter, sent[0] as Message, clock + (fate === 'delay' ? hold : 0));
    if (fate === 'duplicate') {
      const copy = this.#message(letter, step, 'arrive', true);
      this.#fly(letter, copy, clock + copyHold);
      sent.push(copy);
    }
    return sent;
  }

  /** Takes a message off its way: it arrives. */
  take(flight: Flight, step: number): void {
    this.#flights.splice(this.#flights.indexOf(flight), 1);
    flight.message.arrived = step;
  }

  #fly(letter: Letter, message: Message, readyAt: number): void {
    const { agent, request, isReply, version, decision } = letter;
    this.#flights.push({ message, agent, request, isReply, readyAt, version, decision });
  }

  #message({ agent, request, isReply, content }: Letter, at: number, fate: Fate, copy: boolean): Message {
    const [from, to] = isReply ? [this.#server, agent] : [agent, this.#server];
    const name = messageName(agent, request, isReply);
    return { type: 'message', at, from, to, name, content, fate, copy, arrived: null, stale: false };
  }

  #fateOf({ agent, request, isReply, content }: Letter): Fate {
    const { fates, seed, loss, delay, duplication, crash } = this.#record;
    const set = fates.get(messageName(agent, request, isReply));
    if (set !== undefined) return set;
    const drawn = belowAt(100, seed, 'fate', agent, request, Number(isReply));
    // Who only asks does not crash: a run that can no longer change is then known to be over.
    const isAbout = ['post', 'taken', 'refused'].includes(content.kind);
    if (drawn < loss) return 'drop';
    if (drawn < loss + delay) return 'delay';
    if (drawn < loss + delay + duplication) return 'duplicate';
    return isAbout && drawn < loss + delay + duplication + crash ? 'crash' : 'arrive';
  }
}
