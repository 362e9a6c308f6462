import * as errors from '../openapi/error-sets.ts';
import { lines, ndjson, type Operation } from '../openapi/operation.ts';
import * as sample from '../openapi/samples.ts';
import { propose } from './rounds.api.ts';

/** What the document says of many proposals at once. */

const groups = { group: 'deploy', round: 1 };
const settled = { line: 1, status: 201, round: sample.openRound };

export const proposeMany: Operation = {
  id: 'proposeMany',
  access: propose.access,
  tag: 'rounds',
  summary: 'Propose many at once, one a line; each line is answered as it settles, and safe to repeat',
  parameters: ['wait', 'prefer', 'session'],
  body: { schema: 'ProposalLine', required: true, lines: true },
  responses: {
    200: {
      description: 'One line for each line of the body that is not blank, in the order in which they settle.',
      headers: ['Preference-Applied'],
      content: { [ndjson]: { carries: ['SettledLine'], example: lines(JSON.stringify(settled)) } },
    },
  },
  errors: [
    ...errors.anyRoute,
    ...(['cross-origin', 'invalid-json', 'unsupported-media-type', 'too-large'] as const),
  ],
  lineErrors: propose.errors,
  example: {
    path: '/v1/proposals',
    headers: { 'content-type': ndjson },
    body: lines(
      JSON.stringify({ ...groups, agent: 'reviewer-1', value: true }),
      JSON.stringify({ ...groups, agent: 'reviewer-2', value: true }),
    ),
  },
};
