import type { Json, RoundState } from '../core/types.ts';
import type { Call, Reply } from './call.ts';
import { type ConnectOptions, transportOf } from './connect.ts';
import { hasCode, QuorateError } from './errors.ts';
import type { Transport } from './transport.ts';

/** Where the server is, who this client is, and how it draws. */
export interface ClassroomOptions extends ConnectOptions {
  /** This client's id; every client has a different one. */
  readonly id: string;
  /** Chooses the number to post next. */
  readonly draw: () => number;
  readonly signal?: AbortSignal;
}

/**
 * A number that the server has counted, or the state of the round it was counted in. `round` is null when the server does
 * not name it, as the original exercise does not. With SUCCESS comes `value`: the number agreed on, or null when unknown.
 */
export type ClassroomStep = { readonly round: number | null } & (
  | { readonly number: number }
  | { readonly state: RoundState; readonly value?: Json }
);

const pollFirstMs = 50;
const pollMostMs = 1000;

/**
 * A client of the classroom exercise: draws a number, posts it, polls the state until the round is over, and repeats this
 * until a round is a SUCCESS. Every post has a key, so the server recognises a post that is repeated after a lost reply.
 *
 * Yields each number once it is counted, and each state when it is new in its round; ends after SUCCESS. Throws a
 * QuorateError `agent-taken` when another client has posted under this id in the open round.
 *
 * @example
 * const draw = () => 1 + Math.floor(Math.random() * 10);
 * for await (const step of classroom({ url, id: '1', draw })) console.log(step);
 */
export async function* classroom(options: ClassroomOptions): AsyncGenerator<ClassroomStep, void, void> {
  const { id, draw, signal } = options;
  const transport = transportOf(options);
  const { clock, random } = transport.wire;
  for (;;) {
    const number = draw();
    // The id is in the body: a header cannot hold every text that may be an id.
    const headers = { 'idempotency-key': nonce(random) };
    const post: Call = { method: 'POST', path: '/number', headers, body: { number, id }, signal };
    let round = roundIn(await posted(transport, post, id));
    yield { round, number };
    let known: RoundState | null = null;
    let pause = pollFirstMs;
    while (known === null || known === 'WAITING') {
      if (known !== null) {
        await clock.sleep(pause, signal);
        pause = Math.min(pause * 2, pollMostMs);
      }
      const name = encodeURIComponent(id);
      const call = {
        method: 'GET',
        path: `/state/${name}`,
        headers: { 'x-agent-id': name },
        signal,
      } as const;
      const reply = await sent<{ state: RoundState }>(transport, call);
      if (reply === null) {
        round = roundIn(await resent(transport, post));
        continue;
      }
      const { state } = reply.body;
      if (state === 'SUCCESS') yield { round, state, value: await decisionOf(transport, round, signal) };
      else if (state !== known) yield { round, state };
      known = state;
    }
    if (known === 'SUCCESS') return;
  }
}

/** The reply; null from a server that has another log and does not know the earlier posts. */
async function sent<T>(transport: Transport, call: Call): Promise<Reply<T> | null> {
  try {
    return await transport.send<T>(call);
  } catch (error) {
    if (hasCode(error, 'history-changed')) return null;
    throw error;
  }
}

/** Sends a call again until it meets a server that accepts this client's session. */
async function resent(transport: Transport, call: Call): Promise<Reply<unknown>> {
  for (;;) {
    const reply = await sent(transport, call);
    if (reply !== null) return reply;
  }
}

/** Posts a number for the first time. Throws `agent-taken` when another client has posted under the same id in this round. */
async function posted(transport: Transport, post: Call, id: string): Promise<Reply<unknown>> {
  try {
    const reply = await resent(transport, post);
    // The server knows this number, and this client has sent it once only: another client has drawn the same.
    if (reply.headers.get('quorate-repeated') === null || reply.repeated) return reply;
  } catch (error) {
    if (!hasCode(error, 'already-proposed')) throw error;
  }
  throw new QuorateError({
    code: 'agent-taken',
    status: 409,
    title: 'The id is taken',
    detail: `another process uses the id ${id}, or one did that was killed: it has drawn in this round already`,
    fix: 'give each client an id of its own; after one was killed, wait for the end of the round, or: quorate group delete default',
    outcome: 'not-executed',
  });
}

function roundIn({ headers }: Reply<unknown>): number | null {
  return Number(headers.get('quorate-round')) || null;
}

/** The value that the group agreed on; null when the server does not say. */
async function decisionOf(
  transport: Transport,
  round: number | null,
  signal: AbortSignal | undefined,
): Promise<Json> {
  if (round === null) return null;
  const call = { method: 'GET', path: `/v1/groups/default/rounds/${round}`, signal } as const;
  try {
    return (await transport.send<{ value: Json }>(call)).body.value;
  } catch (error) {
    if (error instanceof QuorateError) return null;
    throw error;
  }
}

function nonce(random: () => number): string {
  const part = () => random().toString(36).slice(2);
  return part() + part();
}
