import * as errors from '../openapi/error-sets.ts';
import { type Operation, ok } from '../openapi/operation.ts';
import * as sample from '../openapi/stream-samples.ts';

/** What the document says of the routes of messages. */

const path = '/v1/groups/deploy/messages';

export const say: Operation = {
  id: 'say',
  access: 'member',
  tag: 'messages',
  summary: 'Say something to the group, or to some of it; safe to repeat with an Idempotency-Key',
  parameters: ['group', 'waitForStability', 'prefer', 'idempotencyKey', 'session'],
  body: { schema: 'NewMessage', required: true },
  responses: {
    201: {
      ...ok('Said: it is durable, and has its place.', 'SaidMessage', sample.said),
      headers: ['Preference-Applied'],
    },
    200: {
      ...ok('Said before: its place of then.', 'SaidMessage', sample.said),
      headers: ['Preference-Applied'],
    },
  },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.inGroup,
    ...errors.oneMessage,
    'reserved-name',
    'token-required',
    'agent-not-found',
    'not-in-view',
    'view-changed',
    'round-not-open',
    'ack-out-of-reach',
    'key-reused',
    'limit-reached',
  ],
  example: { path, headers: { 'idempotency-key': '5d1f0a77' }, body: sample.wantedMessage },
};

const reading = {
  access: 'reader',
  tag: 'messages',
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.inGroup, ...errors.oneMessage],
} as const satisfies Partial<Operation>;

export const getMessage: Operation = {
  ...reading,
  id: 'getMessage',
  summary: 'Show a message, and how far it is acknowledged; with wait, once it is stable or impossible',
  parameters: ['group', 'offset', 'waitForStability', 'consistency', 'prefer', 'session'],
  responses: {
    200: {
      ...ok('The message, or its place; `Quorate-Index` says as of when its stability is.', 'OneMessage', {
        ...sample.message,
        ...sample.stability,
      }),
      headers: ['Preference-Applied', 'Quorate-Index'],
    },
  },
  example: { path: `${path}/3` },
};

export const explainMessage: Operation = {
  ...reading,
  id: 'explainMessage',
  summary: 'Who has acknowledged a message, and who is waited for',
  parameters: ['group', 'offset', 'consistency', 'session'],
  responses: {
    200: {
      ...ok(
        'The explanation, or the place of a message that the caller may not read.',
        'OneExplanation',
        sample.explanation,
      ),
      headers: ['Quorate-Index'],
    },
  },
  example: { path: `${path}/3/explain` },
};
