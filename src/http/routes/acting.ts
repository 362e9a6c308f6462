import { speakerOf } from '../../core/group/members.ts';
import type { Group } from '../../core/group/state.ts';
import type { Replica } from '../../replica/replica.ts';
import { type Access, type Caller, callerOf } from '../edge/access.ts';
import { nameIn, roundIn } from '../input.ts';
import type { Reading } from '../reading.ts';
import type { Request } from '../route.ts';

/** Who does something to a round, and to which. */
interface Acting {
  readonly caller: Caller;
  readonly name: string;
  readonly round: number;
  /** The agent by whose right it is done; null: whoever manages the group. */
  readonly by: string | null;
  readonly tokenHash: string | null;
}

type Act = (request: Request, as?: 'holder') => Promise<Acting>;

/** Tells who acts on the round of a path. As a holder of its claim a caller may come whose lease has ended since. [Q10.8] */
export function acting(replica: Replica, access: Access, reading: Reading): Act {
  return async (request, as) => {
    const caller = callerOf(request);
    const name = nameIn('group', request.params.group);
    const round = roundIn(request.params.round);
    await replica.barrier();
    const known = replica.state.groups.get(name);
    const holder = as === 'holder' && known !== undefined ? holderOf(known, round, caller) : null;
    if (holder !== null) return { caller, name, round, by: holder, tokenHash: caller.hash };
    const group = access.readable(replica.state, name, caller);
    // A caller that may manage the group acts as the administrator does, so that an agent's token never allows less than
    // no token; otherwise an agent acts by its own right.
    const agent = access.mayManage(group, caller) ? null : speakerOf(group, caller.hash);
    if (agent === null) {
      access.manage(group, name, caller, replica.state);
      reading.renew(group, caller);
    }
    return { caller, name, round, by: agent, tokenHash: caller.hash };
  };
}

/** The agent that holds the claim on a round under this caller's token, or null. */
function holderOf(group: Group, round: number, { hash }: Caller): string | null {
  const claim = group.claims.get(round);
  return hash !== null && claim?.tokenHash === hash ? claim.by : null;
}
