import * as errors from '../openapi/error-sets.ts';
import { json, type Operation, text } from '../openapi/operation.ts';
import * as sample from '../openapi/samples.ts';

/** What the document says of the proposals of a round. */

export const listProposals: Operation = {
  id: 'listProposals',
  access: 'reader',
  tag: 'rounds',
  summary:
    'List all proposals of a round, the first counted first: who, when, and as far as the rule reveals it what, as JSON or CSV',
  parameters: ['group', 'whichRound', 'afterProposal', 'pageLimit', 'consistency', 'session'],
  responses: {
    200: {
      description: 'A page of proposals.',
      headers: ['Link'],
      content: {
        ...json('ProposalList', {
          ...{ proposals: [sample.proposal], next: null, total: 1 },
          ...{ round: 1, state: 'WAITING', revision: 3, index: 13 },
        }),
        ...text('text/csv', 'agent,name,time,index,seq,token,value,abstain,note,changes\r\n'),
      },
    },
  },
  errors: [
    ...errors.anyRoute,
    ...errors.freshRead,
    ...errors.inGroup,
    'agent-not-found',
    'no-open-round',
    'round-not-open',
    'round-not-kept',
  ],
  example: { path: '/v1/groups/deploy/rounds/1/proposals' },
};
