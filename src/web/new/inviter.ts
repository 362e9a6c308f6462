import { type ReadonlySignal, signal } from '@preact/signals';
import { QuorateError } from '../../client/errors.ts';
import { newSecret } from '../../client/keys.ts';
import { groupPath, placeOf } from '../place.ts';
import { reach } from '../server.ts';
import { tokenIn } from '../token.ts';
import type { Made } from './maker.ts';

/** Makes links by which people vote in a group that was just made. */
export interface Inviter {
  /** By agent. */
  readonly links: ReadonlySignal<ReadonlyMap<string, string>>;
  /** How many are still to be made. */
  readonly left: ReadonlySignal<number>;
  /** Why the last was not made; null: it was. */
  readonly refused: ReadonlySignal<QuorateError | null>;
  readonly invite: (agents: readonly string[]) => Promise<void>;
}

/** Links that are made without being asked for. */
export const mostInvites = 100;

export function inviterOf({ group: name, keys }: Made): Inviter {
  const links = signal<ReadonlyMap<string, string>>(new Map());
  const left = signal(0);
  const refused = signal<QuorateError | null>(null);
  const transport = reach({ token: tokenIn(null) ?? keys.joinKey });
  const path = groupPath(placeOf(location.pathname), name);
  const invite = async (agents: readonly string[]): Promise<void> => {
    left.value += agents.length;
    refused.value = null;
    for (const agent of agents) {
      try {
        // Chosen here: a secret that the server makes would be lost with its reply.
        const secret = newSecret();
        const at = `/v1/groups/${encodeURIComponent(name)}/invites`;
        await transport.send({ method: 'POST', path: at, body: { agent, kind: 'person', secret } });
        const link = `${location.origin}${path}/vote?as=${encodeURIComponent(agent)}#${secret}`;
        links.value = new Map(links.peek()).set(agent, link);
      } catch (error) {
        if (!(error instanceof QuorateError)) throw error;
        refused.value = error;
      } finally {
        left.value -= 1;
      }
    }
  };
  return { links, left, refused, invite };
}
