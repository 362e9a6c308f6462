import * as errors from '../openapi/error-sets.ts';
import { type Operation, ok } from '../openapi/operation.ts';

/** What the document says of the classroom's two routes. */

export const postNumber: Operation = {
  id: 'postNumber',
  access: 'anyone',
  tag: 'classroom',
  summary: 'Post a number in the open round of the group default',
  parameters: ['agentId', 'idempotencyKey'],
  body: { schema: 'ClassroomNumber', required: true },
  responses: { 200: { description: 'Counted. The body is empty.', headers: ['Quorate-Index'] } },
  errors: [...errors.anyRoute, ...errors.write, ...errors.proposal, 'invalid-number', 'group-not-found'],
  example: { path: '/number', body: { number: 7 } },
};

export const getState: Operation = {
  id: 'getState',
  access: 'anyone',
  tag: 'classroom',
  summary: 'How the round of this id ended; it is told once',
  parameters: ['id'],
  responses: {
    200: {
      ...ok('The state.', 'ClassroomState', { state: 'WAITING' }),
      headers: ['Quorate-Index'],
    },
  },
  errors: [...errors.anyRoute, ...errors.recorded, 'group-not-found'],
  example: { path: '/state/1' },
};
