import type { Agent } from 'node:http';
import { type Answer, exchange } from './wire.ts';

/** How a client says who it is when it posts. */
export type Identity = 'none' | 'header' | 'field';

export interface Student {
  readonly id: string;
  readonly identity: Identity;
  /** The number for its nth round, from 0. */
  draw(round: number): number;
  /** Waits before its next step, as slow as this client is. */
  rest(step: 'post' | 'poll'): Promise<void>;
  /** Sends every post twice, as after a lost reply; only an identified client may. */
  readonly repeats: boolean;
  /** Tries again when the connection breaks; only an identified client may, as nobody knows what was done. */
  readonly reconnects: boolean;
}

/** What one client lived through: its numbers, and how each of their rounds ended. */
export interface Story {
  readonly id: string;
  readonly numbers: readonly number[];
  readonly states: readonly string[];
}

/** The classroom's client: draws, posts, polls its state until it is not WAITING, draws again or ends. */
export async function attend(agent: Agent, base: string, session: string, student: Student): Promise<Story> {
  const numbers: number[] = [];
  const states: string[] = [];
  for (;;) {
    const number = student.draw(numbers.length);
    const key = `${session}-${student.id}-${numbers.length}`;
    numbers.push(number);
    await student.rest('post');
    for (let copies = student.repeats ? 2 : 1; copies > 0; copies -= 1) {
      const posted = await persist(student, () => post(agent, base, student, number, key));
      expectExactly(posted, 200, '', `POST /number ${number} by ${student.id}`);
    }
    const state = await pollState(agent, base, student);
    states.push(state);
    if (state === 'SUCCESS') return { id: student.id, numbers, states };
  }
}

async function pollState(agent: Agent, base: string, student: Student): Promise<string> {
  for (;;) {
    await student.rest('poll');
    const answer = await persist(student, () => exchange(agent, base, 'GET', `/state/${student.id}`));
    const state = ['WAITING', 'SUCCESS', 'FAILED'].find((word) => answer.body === `{"state":"${word}"}`);
    expectExactly(answer, 200, `{"state":"${state}"}`, `GET /state/${student.id}`);
    if (state !== undefined && state !== 'WAITING') return state;
  }
}

function post(agent: Agent, base: string, student: Student, number: number, key: string): Promise<Answer> {
  const { id, identity } = student;
  const body = identity === 'field' ? { number, id } : { number };
  const named = identity === 'header' ? { 'x-agent-id': id } : {};
  const keyed = identity === 'none' ? {} : { 'idempotency-key': key };
  return exchange(agent, base, 'POST', '/number', { ...named, ...keyed }, JSON.stringify(body));
}

async function persist(student: Student, send: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await send();
    } catch (broken) {
      if (!student.reconnects) throw broken;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function expectExactly(answer: Answer, status: number, body: string, what: string): void {
  if (answer.status === status && answer.body === body) return;
  throw new Error(`${what}: ${status} ${body || '(empty)'} expected, got ${answer.status} ${answer.body}`);
}
