import type { RoundState } from '../core/types.ts';
import { type ConnectOptions, transportOf } from './connect.ts';
import { hasCode } from './errors.ts';
import type { Call, Reply, Transport } from './transport.ts';

export interface ClassroomOptions extends ConnectOptions {
  /** This client's own id, different from every other client's. */
  readonly id: string;
  /** The number to put forward next. */
  readonly draw: () => number;
  readonly signal?: AbortSignal;
}

/** A number drawn and counted by the server, or the state of the round it was counted in. */
export type ClassroomStep = { readonly number: number } | { readonly state: RoundState };

const pollFirstMs = 50;
const pollMostMs = 1000;

/**
 * A client of the classroom practice: draws a number, posts it, polls its state until the round is over, and
 * draws again until the round was a SUCCESS. It identifies every post, so a reply that gets lost costs
 * nothing: the same post again is recognised and the state can be read again.
 *
 * Yields each draw once it is counted, and each state when it is new in its round; ends after SUCCESS.
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
    // In the body: a header cannot hold every text that may be an id.
    const headers = { 'idempotency-key': nonce(random) };
    const post: Call = { method: 'POST', path: '/number', headers, body: { number, id }, signal };
    await resent(transport, post);
    yield { number };
    let known: RoundState | null = null;
    let pause = pollFirstMs;
    while (known === null || known === 'WAITING') {
      if (known !== null) {
        await clock.sleep(pause, signal);
        pause = Math.min(pause * 2, pollMostMs);
      }
      const path = `/state/${encodeURIComponent(id)}`;
      const call = { method: 'GET', path, headers: { 'x-agent-id': id }, signal } as const;
      const reply = await sent<{ state: RoundState }>(transport, call);
      if (reply === null) {
        await resent(transport, post);
        continue;
      }
      const { state } = reply.body;
      if (state !== known) yield { state };
      known = state;
    }
    if (known === 'SUCCESS') return;
  }
}

/** The reply, or null from a server that began anew and knows nothing of what was sent before. */
async function sent<T>(transport: Transport, call: Call): Promise<Reply<T> | null> {
  try {
    return await transport.send<T>(call);
  } catch (error) {
    if (hasCode(error, 'history-changed')) return null;
    throw error;
  }
}

async function resent(transport: Transport, call: Call): Promise<void> {
  while ((await sent(transport, call)) === null);
}

function nonce(random: () => number): string {
  const part = () => random().toString(36).slice(2);
  return part() + part();
}
