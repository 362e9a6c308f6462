import { effect, type Signal, signal } from '@preact/signals';
import { hasCode, QuorateError } from '../../client/errors.ts';
import { Group } from '../../client/group.ts';
import { type Identity, identityIn, identityPlace, instance, keepIdentity } from '../identity.ts';
import { reach } from '../server.ts';
import { onStored } from '../store.ts';
import { takePress, type VoteLink } from './link.ts';
import { guestName, type Named } from './name.ts';

/** The name under which this browser votes in a group: kept, taken by hand, or brought by an invite. */

/** How long a name that was taken is held without a sign of life: people sleep, and so do their phones. The longest there is. */
const ttl = '1d';
/** Age at which a name is made sure of again when its page is looked at, ms: well before its lease can have ended. */
const oldMs = 12 * 3_600_000;
/** ms between two attempts to redeem a link while no server answers. */
const pauseMs = 3000;
const answerWithin = '10s';

export interface SeatHolder {
  readonly me: Signal<Identity | null>;
  /** Whether a name is being asked for. */
  readonly isAsking: Signal<boolean>;
  /** Why the last name was not given, and which it was; null when there is nothing to say. */
  readonly refused: Signal<{ readonly agent: string; readonly problem: QuorateError } | null>;
  /** Takes a name in a group that anybody, or anybody with its key, may join. */
  readonly take: (named: Named, key: string) => Promise<void>;
  /** Makes sure of a name that was taken before: its lease may have run out. For groups without invites; with a key it needs one. */
  readonly renew: (needsKey: boolean) => Promise<void>;
  /** The same where that was long ago: a page may be open for days. */
  readonly renewOld: (needsKey: boolean) => Promise<void>;
  /** Gives the name up. */
  readonly leave: (isInvited: boolean) => Promise<void>;
}

export function holdSeat(name: string, link: VoteLink): SeatHolder {
  const kept = identityIn(name);
  const isOther = link.secret !== null && link.agent !== kept?.agent;
  const me = signal(isOther ? null : kept);
  const isAsking = signal(false);
  const refused: SeatHolder['refused'] = signal(null);

  const hold = (identity: Identity | null): void => {
    keepIdentity(name, identity);
    const held = me.peek();
    if (identity?.agent !== held?.agent || identity?.token !== held?.token) me.value = identity;
  };
  /** Asks for a name and holds what is given. */
  const ask = async (agent: string, asking: () => Promise<{ readonly token: string }>): Promise<void> => {
    isAsking.value = true;
    refused.value = null;
    try {
      const { token } = await asking();
      hold({ agent, token });
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      refused.value = { agent, problem: error };
    } finally {
      isAsking.value = false;
    }
  };
  /** When the name was made sure of last, ms by this device's clock; 0: it was not, or that did not come about. */
  let sureAt = 0;
  const join = async (agent: string, key: string, shown?: string) => {
    const group = new Group(name, reach());
    const given = {
      kind: 'person',
      ...(key !== '' && { key }),
      ...(shown !== undefined && { name: shown }),
    } as const;
    sureAt = Date.now();
    try {
      return await group.join(agent, { ttl, instance: instance(), deadline: answerWithin, ...given });
    } catch (error) {
      sureAt = 0;
      throw error;
    }
  };

  if (link.agent !== null && link.secret !== null) void redeem(link.agent, link.secret);
  async function redeem(agent: string, secret: string): Promise<void> {
    const group = new Group(name, reach());
    // The same browser gets the same token again, so a lost answer does no harm. [Q5.15]
    await ask(agent, () => group.redeem(agent, secret, { instance: instance() }));
    const problem = refused.peek()?.problem;
    if (problem?.outcome === 'unknown' || hasCode(problem, 'unreachable'))
      setTimeout(() => void redeem(agent, secret), pauseMs);
    // The secret is of no more use, and nobody should copy it from the address by accident.
    else if (problem === undefined) history.replaceState(null, '', location.pathname + location.search);
  }

  if (link.isGuest && kept === null && link.agent === null && takePress(name)) void takeAny();
  /** Takes a name that nobody has; after some that were taken, its reader is asked. */
  async function takeAny(): Promise<void> {
    for (let tries = 0; tries < 5; tries += 1) {
      const agent = guestName();
      await ask(agent, () => join(agent, ''));
      if (!hasCode(refused.peek()?.problem, 'agent-taken')) return;
    }
  }

  // Another tab has taken the name, or given it up.
  onStored(
    () => identityPlace(name),
    () => {
      me.value = identityIn(name);
    },
  );
  effect(() => {
    if (me.value !== null) refused.value = null;
  });

  const renew = async (needsKey: boolean): Promise<void> => {
    const held = me.peek();
    if (held === null) return;
    try {
      const { token } = await join(held.agent, needsKey ? held.token : '');
      // Its reader may have given the name up meanwhile.
      if (me.peek()?.agent === held.agent) hold({ agent: held.agent, token });
    } catch (error) {
      if (!hasCode(error, 'agent-taken')) return;
      hold(null);
      refused.value = { agent: held.agent, problem: error };
    }
  };
  return {
    me,
    isAsking,
    refused,
    take: ({ agent, name: shown }, key) => ask(agent, () => join(agent, key, shown ?? undefined)),
    renew,
    renewOld: async (needsKey) => {
      if (Date.now() - sureAt > oldMs) await renew(needsKey);
    },
    leave: async (isInvited) => {
      const held = me.peek();
      hold(null);
      if (held === null || isInvited) return;
      // When this does not arrive, the lease runs out by itself.
      const group = new Group(name, reach({ token: held.token }));
      await group.leave(held.agent, { deadline: answerWithin }).catch(() => {});
    },
  };
}
