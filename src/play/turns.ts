import type { Flight } from './mail.ts';
import { belowAt } from './random.ts';
import type { Lifeline, RunRecord } from './types.ts';

/**
 * The order in which messages arrive. In each turn every agent with a message on its way is as likely to be next as the others, and
 * the message that it has had on its way for longest arrives. Where replies are at once, they take no turn.
 */
export class Turns {
  readonly #record: RunRecord;
  readonly #taken: Lifeline[] = [];
  /** How many of the record's turns are over. */
  #over = 0;

  constructor(record: RunRecord) {
    this.#record = record;
  }

  /** Whose turn it was, from the first. */
  get taken(): readonly Lifeline[] {
    return this.#taken;
  }

  /** The next of these messages, which can arrive now and stand in the order in which they were sent. */
  choose(ready: readonly Flight[]): Flight | undefined {
    const reply = this.#record.replies === 'at-once' ? ready.find(({ isReply }) => isReply) : undefined;
    if (reply !== undefined || ready.length === 0) return reply;
    const agents = [...new Set(ready.map(({ agent }) => agent))].sort((a, b) => a - b);
    const agent = this.#among(agents);
    this.#taken.push(agent);
    return ready.find((flight) => flight.agent === agent);
  }

  #among(agents: readonly Lifeline[]): Lifeline {
    const { turns, seed } = this.#record;
    if (turns === null) return agents[belowAt(agents.length, seed, 'turn', this.#taken.length)] as Lifeline;
    while (this.#over < turns.length) {
      const agent = turns[this.#over] as Lifeline;
      this.#over += 1;
      // An agent that has nothing on its way lets its turn pass.
      if (agents.includes(agent)) return agent;
    }
    const last = this.#taken.at(-1) ?? -1;
    return agents.find((agent) => agent > last) ?? (agents[0] as Lifeline);
  }
}
