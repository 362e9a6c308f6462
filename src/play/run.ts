import { Exercise } from './exercise.ts';
import { type Flight, type Letter, Mail, patience } from './mail.ts';
import { agentName } from './names.ts';
import { Participant } from './participant.ts';
import { Quorate } from './quorate.ts';
import type { Server } from './server.ts';
import { Turns } from './turns.ts';
import type {
  ActorState,
  Diagram,
  DiagramEvent,
  Fate,
  Lifeline,
  Note,
  RunRecord,
  Side,
  Verdict,
} from './types.ts';
import { verdictOf } from './verdict.ts';

/** A run that has not ended by then is stopped. */
const mostSteps = 2000;

/** A run, and all that chance did in it: a record that says so outright gives the same run again. */
export interface Simulation {
  readonly diagram: Diagram;
  readonly turns: readonly Lifeline[];
  readonly draws: readonly (readonly number[])[];
  readonly fates: ReadonlyMap<string, Fate>;
}

/** One side of a run as a diagram. */
export function runSide(record: RunRecord, side: Side): Diagram {
  return simulate(record, side).diagram;
}

export function simulate(record: RunRecord, side: Side): Simulation {
  return new Run(record, side).toTheEnd();
}

/** The moment at which an agent stops waiting for a reply, or starts again. */
interface Timer {
  readonly due: number;
  readonly agent: Lifeline;
  /** The request that it waits for; null: it has crashed. */
  readonly request: number | null;
}

/** One server, its agents, and the messages between them. Each step is one arrival, or one agent whose wait is over. */
class Run {
  readonly #record: RunRecord;
  readonly #mail: Mail;
  readonly #turns: Turns;
  readonly #server: Server;
  readonly #agents: readonly Participant[];
  readonly #events: DiagramEvent[] = [];
  /** What was last shown beside each lifeline. */
  readonly #shown: ActorState[] = [];
  #timers: Timer[] = [];
  #step = 0;
  /** Goes on by one with each step, and further when nothing can arrive yet. */
  #clock = 0;

  constructor(record: RunRecord, side: Side) {
    this.#record = record;
    this.#mail = new Mail(record);
    this.#turns = new Turns(record);
    this.#server = serverOf(record, side);
    const namesRounds = side === 'quorate' && record.clients === 'named';
    this.#agents = Array.from({ length: record.agents }, (_, i) => new Participant(record, i, namesRounds));
  }

  get #lifelineOfServer(): Lifeline {
    return this.#record.agents;
  }

  toTheEnd(): Simulation {
    this.#show(this.#lifelineOfServer, this.#server.state());
    for (const i of this.#agents.keys()) this.#begin(i);
    let verdict: Verdict | null = null;
    while (verdict === null && this.#step < mostSteps) {
      this.#step += 1;
      this.#clock += 1;
      this.#next();
      verdict = verdictOf(this.#agents, this.#server.version, this.#mail.flights, this.#record.quorum);
    }
    const agents = this.#agents.map((_, i) => ({ id: agentName(i), kind: 'agent' as const }));
    const lifelines = [...agents, { id: 'server', kind: 'server' as const }];
    const events = this.#events;
    const diagram = {
      lifelines,
      events,
      steps: this.#step,
      verdict: verdict ?? ({ verdict: 'OPEN' } as const),
    };
    return {
      diagram,
      turns: this.#turns.taken,
      draws: this.#agents.map(({ draws }) => draws),
      fates: fatesIn(events),
    };
  }

  /** Lets the next thing happen, however long it takes until then. */
  #next(): void {
    const awaited = this.#timers.filter(({ agent, request }) => this.#agents[agent]?.isWaitingFor(request));
    const { flights } = this.#mail;
    const soonest = Math.min(...awaited.map(({ due }) => due), ...flights.map(({ readyAt }) => readyAt));
    this.#clock = Math.max(this.#clock, soonest);
    const over = awaited.find(({ due }) => due <= this.#clock);
    this.#timers = awaited.filter((timer) => timer !== over);
    if (over === undefined) this.#arrive();
    else this.#fire(over);
  }

  #arrive(): void {
    const ready = this.#mail.flights.filter(({ readyAt }) => readyAt <= this.#clock);
    const flight = this.#turns.choose(ready) as Flight;
    this.#mail.take(flight, this.#step);
    if (flight.isReply) this.#hear(flight);
    else this.#serve(flight);
  }

  #serve({ agent, request, message }: Flight): void {
    const { reply, notes, decision } = this.#server.handle(agent, message.content);
    for (const note of notes) this.#say(note);
    if (message.fate === 'crash') {
      // It has done what was asked, and dies before it can say so.
      const who = this.#lifelineOfServer;
      this.#events.push({ type: 'crash', at: this.#step, who });
      this.#say(this.#server.restart());
      this.#events.push({ type: 'restart', at: this.#step, who });
      this.#wakeLater(agent, request);
    } else {
      const { version } = this.#server;
      this.#send({ agent, request, isReply: true, content: reply, version, decision }, message.copy);
    }
    this.#show(this.#lifelineOfServer, this.#server.state());
  }

  #hear(flight: Flight): void {
    const { agent, request, message } = flight;
    const participant = this.#agents[agent] as Participant;
    if (!participant.isWaitingFor(request)) {
      message.stale = true;
    } else if (message.fate === 'crash') {
      participant.crash();
      this.#events.push({ type: 'crash', at: this.#step, who: agent });
      this.#wakeLater(agent, null);
    } else {
      participant.hear(flight);
      this.#request(agent);
    }
    this.#show(agent, participant.state());
  }

  /** An agent asks again for what it got no reply to, or starts again after a crash. */
  #fire({ agent, request }: Timer): void {
    this.#events.push({ type: request === null ? 'restart' : 'retry', at: this.#step, who: agent });
    if (request === null) this.#begin(agent);
    else this.#request(agent);
  }

  #begin(agent: Lifeline): void {
    const participant = this.#agents[agent] as Participant;
    participant.begin();
    this.#request(agent);
    this.#show(agent, participant.state());
  }

  /** Sends what the agent has to ask for, if anything. */
  #request(agent: Lifeline): void {
    const participant = this.#agents[agent] as Participant;
    if (participant.next === null) return;
    participant.requests += 1;
    const rest = { isReply: false, version: 0, decision: null };
    this.#send({ agent, request: participant.requests, content: participant.next, ...rest }, false);
  }

  #send(letter: Letter, isCopy: boolean): void {
    const sent = this.#mail.send(letter, this.#step, this.#clock, isCopy);
    this.#events.push(...sent);
    if (sent.some(({ fate }) => fate === 'drop' || fate === 'delay'))
      this.#wakeLater(letter.agent, letter.request);
  }

  #wakeLater(agent: Lifeline, request: number | null): void {
    this.#timers.push({ due: this.#clock + patience, agent, request });
  }

  #say(note: Note): void {
    this.#events.push({ type: 'note', at: this.#step, who: this.#lifelineOfServer, ...note });
  }

  /** Records the state of an agent or the server where it has changed. */
  #show(who: Lifeline, state: ActorState): void {
    const shown = this.#shown[who];
    if (shown !== undefined && isSame(shown, state)) return;
    this.#shown[who] = state;
    this.#events.push({ type: 'state', at: this.#step, who, state });
  }
}

function isSame(one: ActorState, other: ActorState): boolean {
  const fields = Object.keys(one) as (keyof ActorState)[];
  return fields.every((field) => one[field] === other[field]);
}

/** The fates of all messages to which something happened. */
function fatesIn(events: readonly DiagramEvent[]): Map<string, Fate> {
  const fates = new Map<string, Fate>();
  for (const event of events)
    if (event.type === 'message' && event.fate !== 'arrive') fates.set(event.name, event.fate);
  return fates;
}

function serverOf(record: RunRecord, side: Side): Server {
  return side === 'exercise' ? new Exercise(record.agents, record.quorum) : new Quorate(record);
}
