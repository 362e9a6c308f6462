import * as errors from '../openapi/error-sets.ts';
import { type Operation, ok } from '../openapi/operation.ts';
import * as sample from '../openapi/stream-samples.ts';

/** What the document says of the routes of cursors. */

const path = '/v1/groups/deploy/agents/reviewer-1/cursor';

export const putCursor: Operation = {
  id: 'putCursor',
  access: { joined: 'speaker', free: 'absent' },
  tag: 'messages',
  summary: 'Say up to where an agent has handled the stream; it never goes back',
  parameters: ['group', 'agent', 'session'],
  body: { schema: 'NewCursor', required: true },
  responses: { 200: ok('Where its cursor is now.', 'Cursor', sample.cursor) },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.inGroup,
    ...errors.asAgent,
    'agent-not-found',
    'cursor-ahead',
  ],
  example: { path, body: { offset: 2 } },
};

export const getCursor: Operation = {
  id: 'getCursor',
  access: { joined: 'reader', free: 'absent' },
  tag: 'messages',
  summary: 'Up to where an agent has handled the stream',
  parameters: ['group', 'agent', 'consistency', 'session'],
  responses: { 200: ok('Its cursor; at first its own view.', 'Cursor', sample.cursor) },
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.inGroup, 'reserved-name', 'agent-not-found'],
  example: { path },
};
