import { Agent } from './agent.ts';
import type { Flight } from './mail.ts';
import { belowAt } from './random.ts';
import type { Decision } from './server.ts';
import type { ActorState, Content, Lifeline, RunRecord } from './types.ts';
import type { Seen } from './verdict.ts';

/** One agent of a run: its program, which request it is at, and what is known of it from outside. */
export class Participant implements Seen {
  /** What it has drawn so far; it goes on after a crash. */
  readonly draws: number[] = [];
  /** How many requests it has sent; it waits for the reply to the last. */
  requests = 0;
  /** What it has to ask for now; null: nothing, it has ended or crashed. */
  next: Content | null = null;
  waitsAt: number | null = null;
  decision: Decision | null = null;
  readonly #program: Agent;

  constructor({ seed, max, draws }: RunRecord, lifeline: Lifeline, namesRounds: boolean) {
    const draw = (): number => {
      const k = this.draws.length;
      const drawn = draws?.[lifeline]?.[k] ?? 1 + belowAt(max, seed, 'draw', lifeline, k);
      this.draws.push(drawn);
      return drawn;
    };
    this.#program = new Agent(draw, namesRounds);
  }

  get phase(): Seen['phase'] {
    return this.#program.phase;
  }

  begin(): void {
    this.next = this.#program.begin();
    this.waitsAt = null;
    this.decision = null;
  }

  /** Whether it waits for the reply to this request; null: for its next start. */
  isWaitingFor(request: number | null): boolean {
    return request === null ? this.phase === 'crashed' : this.next !== null && request === this.requests;
  }

  hear({ message: { content }, version, decision }: Flight): void {
    this.next = this.#program.hear(content);
    this.waitsAt = content.kind === 'state' && content.state === 'WAITING' ? version : null;
    this.decision = decision;
  }

  crash(): void {
    this.#program.crash();
    this.next = null;
  }

  state(): ActorState {
    return this.#program.state();
  }
}
