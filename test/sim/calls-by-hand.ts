import type { Json } from '../../src/core/types.ts';
import { epoch, joinKey } from './plan.ts';
import type { Of } from './station.ts';

/** What somebody does to a round by hand, or to who may take part, as the request that it is. */

export type ByHandOp = Of<'waive' | 'deadline' | 'invite' | 'revoke' | 'redeem'>;

interface CallByHand {
  readonly method: 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: { readonly [name: string]: Json };
  /** The authority that it needs; that of the agent itself where it is left out. */
  readonly token?: string;
}

/** `id` asks, and knows this round as the latest. */
export function callFor(op: ByHandOp, id: string, round: number): CallByHand {
  const group = `/v1/groups/${op.group}`;
  switch (op.do) {
    case 'waive':
      return {
        method: 'PUT',
        path: `${group}/rounds/${round}/waivers/${op.as}`,
        body: { reason: op.reason },
      };
    case 'deadline': {
      const { to } = op;
      const at = to === null ? null : 'after' in to ? to.after : new Date(epoch + to.moment).toISOString();
      return { method: 'PATCH', path: `${group}/rounds/${round}`, body: { deadline: at } };
    }
    case 'invite': {
      const { as: agent, secret, role } = op;
      return { method: 'POST', path: `${group}/invites`, body: { agent, secret, role }, token: joinKey };
    }
    case 'revoke':
      return { method: 'DELETE', path: `${group}/invites/${op.as}`, token: joinKey };
    case 'redeem': {
      const { secret } = op;
      const body = { secret, instance: `instance-of-${id}` };
      return { method: 'POST', path: `${group}/invites/${op.as}/redeem`, body };
    }
  }
}
