import * as errors from '../openapi/error-sets.ts';
import { type Operation, ok } from '../openapi/operation.ts';
import * as sample from '../openapi/stream-samples.ts';

/** What the document says of the view. */
export const getView: Operation = {
  id: 'getView',
  access: 'reader',
  tag: 'messages',
  summary: 'List the members in the view that is in force',
  parameters: ['group', 'afterAgent', 'pageLimit', 'consistency', 'session'],
  responses: { 200: { ...ok('A page of members.', 'View', sample.view), headers: ['Link'] } },
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.inGroup, 'agent-not-found'],
  example: { path: '/v1/groups/deploy/view' },
};
