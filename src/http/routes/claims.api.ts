import * as sample from '../openapi/claim-samples.ts';
import * as errors from '../openapi/error-sets.ts';
import { type Operation, ok } from '../openapi/operation.ts';

/** What the document says of the routes of claims. */

const path = '/v1/groups/deploy/rounds/1/claim';

/** What a holder does with its claim. */
const using = {
  access: 'claimHolder',
  tag: 'claims',
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.managed,
    ...errors.inGroup,
    'not-invited',
    'round-not-open',
    'stale-fence',
  ],
} as const satisfies Partial<Operation>;

export const takeClaim: Operation = {
  id: 'takeClaim',
  access: 'spender',
  tag: 'claims',
  summary: 'Take the claim on a decision, to act on it alone; safe to repeat',
  parameters: ['group', 'round', 'session'],
  body: { schema: 'NewClaim', required: true },
  responses: {
    201: ok('Taken: its fence goes with every action.', 'Claim', sample.held),
    200: ok('Taken before, by the same run.', 'Claim', sample.held),
  },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.managed,
    ...errors.inGroup,
    'may-not-spend',
    'not-invited',
    'round-not-open',
    'round-not-kept',
    'no-decision',
    'superseded',
    'claimed',
    'spent',
    'limit-reached',
  ],
  example: { path, body: { holder: 'runner-7-attempt-1', lease: '2m', value: 'approve' } },
};

export const renewClaim: Operation = {
  id: 'renewClaim',
  summary: 'Make the lease of a claim as long again',
  parameters: ['group', 'round', 'session'],
  body: { schema: 'ClaimRenewal', required: true },
  responses: { 200: ok('Held for as long again.', 'Claim', sample.held) },
  ...using,
  errors: [...using.errors, 'may-not-spend'],
  example: { path: `${path}/renew`, body: { fence: sample.held.fence } },
};

export const spendClaim: Operation = {
  id: 'spendClaim',
  summary: 'Say that it is done: the decision is spent, with this result; safe to repeat',
  parameters: ['group', 'round', 'session'],
  body: { schema: 'ClaimDone', required: true },
  responses: { 200: ok('Spent for good.', 'Claim', sample.spent) },
  ...using,
  errors: [...using.errors, 'spent'],
  example: { path: `${path}/done`, body: { fence: sample.held.fence, result: sample.spent.result } },
};

export const giveBackClaim: Operation = {
  id: 'giveBackClaim',
  summary: 'Give a claim back, so that another may take it; safe to repeat',
  parameters: ['group', 'round', 'fence', 'session'],
  responses: { 200: ok('Free again.', 'Claim', sample.free) },
  ...using,
  example: { path: `${path}?fence=${sample.held.fence}` },
};

export const getClaim: Operation = {
  id: 'getClaim',
  access: 'reader',
  tag: 'claims',
  summary: 'Who holds the claim on a decision, or what came of it; with wait, once it is spent',
  parameters: ['group', 'round', 'waitForSpent', 'afterClaim', 'consistency', 'prefer', 'session'],
  responses: {
    200: { ...ok('The claim as it stands.', 'Claim', sample.held), headers: ['Preference-Applied'] },
  },
  errors: [
    ...errors.anyRoute,
    ...errors.freshRead,
    ...errors.inGroup,
    'round-not-open',
    'round-not-kept',
    'no-decision',
  ],
  example: { path },
};
