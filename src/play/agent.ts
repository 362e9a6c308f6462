import type { Json } from '../core/types.ts';
import type { ActorState, Content } from './types.ts';

type State = Extract<ActorState, { kind: 'agent' }>;

/**
 * The program of an agent, the same on both sides: draw a number, post it, ask for the state until it is not WAITING; after
 * FAILED draw again, after SUCCESS end. One that names its rounds counts them, which is all that it does besides.
 */
export class Agent {
  readonly #draw: () => number;
  readonly #namesRounds: boolean;
  #phase: State['phase'] = 'posts';
  #number = 0;
  #round = 1;
  #decision: Json = null;

  constructor(draw: () => number, namesRounds: boolean) {
    this.#draw = draw;
    this.#namesRounds = namesRounds;
  }

  get phase(): State['phase'] {
    return this.#phase;
  }

  /** Starts, or starts again knowing nothing; returns its first request. */
  begin(): Content {
    this.#decision = null;
    return this.#post(1);
  }

  crash(): void {
    this.#phase = 'crashed';
  }

  /** The next request after this reply; null: there is none, the agent has ended. */
  hear(reply: Content): Content | null {
    this.#phase = 'waits';
    if (reply.kind === 'refused' && reply.code === 'round-closed') return { kind: 'ask', round: 'latest' };
    // Refused otherwise: its number of this round was counted before, and stands.
    if (reply.kind !== 'state') return this.#ask();
    if (reply.state === 'WAITING')
      return reply.round === this.#named() ? this.#ask() : this.#post(reply.round);
    if (reply.state === 'FAILED') return this.#post((reply.round ?? this.#round) + 1);
    this.#phase = 'ended';
    this.#decision = reply.value;
    return null;
  }

  state(): State {
    const round = this.#named();
    return { kind: 'agent', phase: this.#phase, number: this.#number, round, decision: this.#decision };
  }

  #post(round: number | null): Content {
    this.#phase = 'posts';
    this.#round = round ?? this.#round;
    this.#number = this.#draw();
    return { kind: 'post', round: this.#named(), value: this.#number };
  }

  #ask(): Content {
    return { kind: 'ask', round: this.#named() };
  }

  #named(): number | null {
    return this.#namesRounds ? this.#round : null;
  }
}
