import type { Round } from '../../core/group/state.ts';
import type { Outcome, Proposal } from '../../core/types.ts';
import { roundOf, viewProposal } from '../../core/view/view.ts';
import type { Replica } from '../../replica/replica.ts';
import { prefers } from '../accept.ts';
import { countIn } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import { jsonType } from '../route.ts';
import type { Router } from '../router.ts';
import { csvType, proposalTable } from './csv.ts';
import * as api from './proposals.api.ts';
import { notKept, numberOf, whichIn } from './round-answers.ts';

/** All proposals of a round, page by page. [Q4.25] */

export function proposalRoutes(router: Router, { state }: Replica, reading: Reading): void {
  router.on(
    'GET',
    '/v1/groups/:group/rounds/:round/proposals',
    api.listProposals,
    async (request, response) => {
      const which = whichIn(request);
      const limit = countIn(request, 'limit', 1, 10_000) ?? 1000;
      const after = request.query.after?.toString();
      const { group, name, caller } = await reading.group(request, response);
      const { index } = state;
      const number = numberOf(group, which, index);
      const round = roundOf(group, number);
      if (round === null) throw notKept(number, index);
      if (after !== undefined && !round.proposals.has(after))
        throw new Problem('agent-not-found', 'after must name an agent of the list', { index });
      const outcome = group.closed.get(number);
      const about = {
        total: round.proposals.size,
        round: number,
        state: outcome?.state ?? 'WAITING',
        revision: outcome?.revision ?? group.revision,
        index,
      };
      const asCsv = prefers(request, 'text/csv');
      const page = await reading.pages.of({
        items: proposalsFrom(round, after),
        limit,
        write: (one) => (asCsv ? proposalTable.row : JSON.stringify)(viewProposal(round, one, caller.hash)),
        caller: response.raw,
      });
      const next = page.more ? (page.listed.at(-1)?.agent ?? null) : null;
      response.header('vary', 'accept');
      if (next !== null) {
        // By number: the latest round may be another when the next page is asked for.
        response.next(`/v1/groups/${name}/rounds/${number}/proposals?after=${next}&limit=${limit}`);
      }
      if (asCsv) return response.send(csvType, proposalTable.head + page.texts.join(''));
      const rest = JSON.stringify({ next, ...about }).slice(1);
      response.send(jsonType, `{"proposals":[${page.texts.join(',')}],${rest}`);
    },
  );
}

/** In the order in which they were first counted; null for one passed over. */
function* proposalsFrom(
  { proposals }: Round | Outcome,
  after: string | undefined,
): Generator<Proposal | null> {
  let skipping = after !== undefined;
  for (const proposal of proposals.values()) {
    yield skipping ? null : proposal;
    if (proposal.agent === after) skipping = false;
  }
}
