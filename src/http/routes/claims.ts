import type { Group } from '../../core/group/state.ts';
import type { Result } from '../../core/result.ts';
import { viewClaim } from '../../core/view/claim.ts';
import type { ClaimJson } from '../../core/view/json-types.ts';
import { viewRound } from '../../core/view/view.ts';
import type { Replica } from '../../replica/replica.ts';
import type { Access, Caller } from '../edge/access.ts';
import { bodyObject, countIn, roundIn } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import type { Router } from '../router.ts';
import { acting } from './acting.ts';
import { claimIn, fenceIn, resultIn } from './claim-body.ts';
import * as api from './claims.api.ts';
import { waitFor } from './propose.ts';
import { notKept } from './round-answers.ts';

/** Who acts on a decision, and what came of it. [Q10] */

export function claimRoutes(router: Router, replica: Replica, access: Access, reading: Reading): void {
  const { state, waiters } = replica;
  const path = '/v1/groups/:group/rounds/:round/claim';
  const act = acting(replica, access, reading);

  router.on('PUT', path, api.takeClaim, async (request, response) => {
    const asked = claimIn(request.body);
    const { caller, name, round, ...right } = await act(request);
    const command = { type: 'claim', group: name, round, ...asked, ...right } as const;
    const { claim, isNew } = await replica.submit(command, (result) => ({
      claim: answered(name, round, caller, result),
      isNew: result.ok && result.did === 'claimed',
    }));
    response.status = isNew ? 201 : 200;
    response.json(claim);
  });

  router.on('POST', `${path}/renew`, api.renewClaim, async (request, response) => {
    const fence = fenceIn(bodyObject(request.body, ['fence']).fence);
    const { caller, name, round, ...right } = await act(request, 'holder');
    const command = { type: 'renew-claim', group: name, round, fence, ...right } as const;
    response.json(await replica.submit(command, (result) => answered(name, round, caller, result)));
  });

  router.on('POST', `${path}/done`, api.spendClaim, async (request, response) => {
    const fields = bodyObject(request.body, ['fence', 'result']);
    const fence = fenceIn(fields.fence);
    const result = resultIn(fields.result);
    const { caller, name, round, ...right } = await act(request, 'holder');
    const command = { type: 'spend-claim', group: name, round, fence, result, ...right } as const;
    response.json(await replica.submit(command, (done) => answered(name, round, caller, done)));
  });

  router.on('DELETE', path, api.giveBackClaim, async (request, response) => {
    const fence = fenceIn(countIn(request, 'fence', 1, Number.MAX_SAFE_INTEGER));
    const { caller, name, round, ...right } = await act(request, 'holder');
    const command = { type: 'give-back-claim', group: name, round, fence, ...right } as const;
    response.json(await replica.submit(command, (result) => answered(name, round, caller, result)));
  });

  router.on('GET', path, api.getClaim, async (request, response) => {
    const round = roundIn(request.params.round);
    const after = countIn(request, 'after', 0, Number.MAX_SAFE_INTEGER);
    const ms = waitFor(request, response);
    const { name, caller } = await reading.group(request, response);
    const look = (): ClaimJson => {
      reading.looked(response);
      return find(access.readable(state, name, caller), round);
    };
    const seen = (): ClaimJson | undefined => {
      const claim = look();
      if (after === null) return claim.state === 'spent' ? claim : undefined;
      // A cursor beyond the group's revision is of an earlier group of this name: the reader starts anew.
      const { revision } = access.readable(state, name, caller);
      return claim.revision > after || after > revision ? claim : undefined;
    };
    response.json(await waiters.wait(name, 'change', seen, look, { ms, caller: response.raw }));
  });

  /** The claim that a command was about, right after the command took effect; throws its refusal. */
  function answered(name: string, round: number, caller: Caller, result: Result): ClaimJson {
    if (!result.ok) throw access.refused(result, state, name, caller);
    return viewClaim(state.groups.get(name) as Group, round, state.index) as ClaimJson;
  }

  /** The claim on a round. Throws a Problem where there is nothing to claim. */
  function find(group: Group, number: number): ClaimJson {
    const { index } = state;
    const claim = viewClaim(group, number, index);
    if (claim !== null) return claim;
    if (number > group.round)
      throw new Problem('round-not-open', `round ${number} is not open yet: the latest is ${group.round}`, {
        index,
      });
    const round = viewRound(group, number, index);
    if (round === null) throw notKept(number, index);
    const why = round.state === 'FAILED' ? 'has failed' : 'is still open';
    throw new Problem('no-decision', `round ${number} ${why}`, { index, round });
  }
}
