import * as errors from '../openapi/error-sets.ts';
import { json, type Operation, ok, round, text, unchanged } from '../openapi/operation.ts';
import * as sample from '../openapi/samples.ts';

/** What the document says of the routes of rounds. */

const groupPath = '/v1/groups/deploy';

/** What both ways to propose have in common. */
const proposing = {
  access: { joined: 'speaker', free: 'newVoice' },
  tag: 'rounds',
  responses: {
    201: round('Counted: the round as it stands.', sample.openRound),
    200: round('Counted before: the round as it stands.', sample.decidedRound),
  },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.inGroup,
    ...errors.asAgent,
    ...errors.proposal,
    'invalid-value',
    'not-a-number',
    'note-too-long',
    'no-such-field',
    'round-closed',
    'round-not-open',
    'round-not-kept',
  ],
} as const satisfies Partial<Operation>;

export const propose: Operation = {
  id: 'propose',
  summary: 'Propose in a round, and wait for its outcome; safe to repeat',
  parameters: ['group', 'round', 'agent', 'wait', 'prefer', 'idempotencyKey', 'session'],
  body: { schema: 'Proposal', required: true },
  ...proposing,
  example: { path: `${groupPath}/rounds/1/proposals/reviewer-1`, body: { value: 'approve' } },
};

export const proposeInOpenRound: Operation = {
  id: 'proposeInOpenRound',
  summary: 'Propose in whichever round is open; safe to repeat with `round` or an Idempotency-Key',
  parameters: ['group', 'wait', 'prefer', 'idempotencyKey', 'session'],
  body: { schema: 'NamedProposal', required: true },
  ...proposing,
  example: {
    path: `${groupPath}/proposals`,
    headers: { 'idempotency-key': '0b6e4c1e' },
    body: { agent: 'reviewer-1', value: 'approve' },
  },
};

export const getRound: Operation = {
  id: 'getRound',
  access: 'reader',
  tag: 'rounds',
  summary: 'Show a round; with wait, when it closes; with after and wait, when it changes',
  parameters: ['group', 'whichRound', 'wait', 'after', 'consistency', 'prefer', 'ifNoneMatch', 'session'],
  responses: { 200: round('The round.', sample.openRound), 304: unchanged },
  errors: [
    ...errors.anyRoute,
    ...errors.freshRead,
    ...errors.inGroup,
    'no-open-round',
    'round-not-open',
    'round-not-kept',
  ],
  example: { path: `${groupPath}/rounds/latest` },
};

export const explainRound: Operation = {
  id: 'explainRound',
  access: 'reader',
  tag: 'rounds',
  summary: 'Why a round stands as it does: who is waited for, and what would still decide it',
  parameters: ['group', 'whichRound', 'consistency', 'session'],
  responses: { 200: ok('The explanation.', 'Explanation', sample.explanation) },
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.inGroup, 'round-not-kept'],
  example: { path: `${groupPath}/rounds/latest/explain` },
};

export const listRounds: Operation = {
  id: 'listRounds',
  access: 'reader',
  tag: 'rounds',
  summary: 'List rounds, newest first, as JSON or CSV',
  parameters: ['group', 'before', 'limit', 'consistency', 'session'],
  responses: {
    200: {
      description: 'A page of rounds.',
      headers: ['Link'],
      content: {
        ...json('RoundList', { rounds: [sample.decidedRound], next: null, index: 14 }),
        ...text(
          'text/csv',
          'round,state,reason,value,eligible,present,openedAt,closedAt,revision,agents,tally,subjectHash\r\n',
        ),
      },
    },
  },
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.inGroup],
  example: { path: `${groupPath}/rounds?limit=20` },
};

export const openRound: Operation = {
  id: 'openRound',
  access: 'manager',
  tag: 'rounds',
  summary: 'Ask for the next round; safe to repeat with `round`',
  parameters: ['group', 'session'],
  body: { schema: 'NextRound', required: false },
  responses: {
    201: round('Opened.', sample.emptyRound),
    200: round('The round that is asked for was opened before.', sample.emptyRound),
  },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.managed,
    ...errors.inGroup,
    'round-open',
    'round-not-open',
    'group-exhausted',
    'round-not-kept',
  ],
  example: { path: `${groupPath}/rounds`, body: { round: 2 } },
};

export const closeRound: Operation = {
  id: 'closeRound',
  access: 'closer',
  tag: 'rounds',
  summary: 'Close a round by hand: it is decided by what is in',
  parameters: ['group', 'round', 'ifMatch', 'session'],
  responses: { 200: round('Closed.', sample.closedByHand) },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.managed,
    ...errors.inGroup,
    'may-not-close',
    'round-closed',
    'round-not-open',
    'round-not-kept',
    'revision-mismatch',
  ],
  example: { path: `${groupPath}/rounds/1/close` },
};

export const setDeadline: Operation = {
  id: 'setDeadline',
  access: 'closer',
  tag: 'rounds',
  summary: 'Set the deadline of a round, or none; safe to repeat with a time',
  parameters: ['group', 'round', 'ifMatch', 'session'],
  body: { schema: 'RoundChange', required: true },
  responses: { 200: round('Set: the round as it stands.', sample.putOffRound) },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.managed,
    ...errors.inGroup,
    'may-not-close',
    'round-closed',
    'round-not-open',
    'round-not-kept',
    'revision-mismatch',
    'electorate-incomplete',
    'deadline-out-of-range',
  ],
  example: { path: `${groupPath}/rounds/1`, body: { deadline: '2h' } },
};

export const waive: Operation = {
  id: 'waive',
  access: { joined: 'waiver', free: 'waiver' },
  tag: 'rounds',
  summary: 'Take an elector who has not proposed out of a round; safe to repeat',
  parameters: ['group', 'round', 'agent', 'session'],
  body: { schema: 'Waive', required: true },
  responses: {
    201: round('Waived: the round as it stands.', sample.waivedRound),
    200: round('Waived before, for the reason of then.', sample.waivedRound),
  },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.managed,
    ...errors.inGroup,
    'reserved-name',
    'may-not-waive',
    'round-closed',
    'round-not-open',
    'round-not-kept',
    'electorate-incomplete',
    'not-eligible',
    'already-proposed',
    'cannot-be-waived',
    'limit-reached',
  ],
  example: { path: `${groupPath}/rounds/1/waivers/ci`, body: { reason: 'down for maintenance' } },
};
