import type { RoundState } from '../core/types.ts';
import { type ConnectOptions, transportOf } from './connect.ts';

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
 */
export async function* classroom(options: ClassroomOptions): AsyncGenerator<ClassroomStep, void, void> {
  const { id, draw, signal } = options;
  const transport = transportOf(options);
  const { clock, random } = transport.wire;
  for (;;) {
    const number = draw();
    const headers = { 'x-agent-id': id, 'idempotency-key': `${id}-${nonce(random)}` };
    await transport.send({ method: 'POST', path: '/number', headers, body: { number }, signal });
    yield { number };
    let known: RoundState | null = null;
    let pause = pollFirstMs;
    while (known === null || known === 'WAITING') {
      if (known !== null) {
        await clock.sleep(pause, signal);
        pause = Math.min(pause * 2, pollMostMs);
      }
      const call = { method: 'GET', path: `/state/${encodeURIComponent(id)}`, signal } as const;
      const { state } = (await transport.send<{ state: RoundState }>(call)).body;
      if (state !== known) yield { state };
      known = state;
    }
    if (known === 'SUCCESS') return;
  }
}

function nonce(random: () => number): string {
  const part = () => random().toString(36).slice(2);
  return part() + part();
}
