import * as errors from '../openapi/error-sets.ts';
import { type Operation, ok } from '../openapi/operation.ts';
import * as sample from '../openapi/samples.ts';

/** What the document says of the route about the cluster. */

export const getCluster: Operation = {
  id: 'getCluster',
  access: 'administrator',
  tag: 'operations',
  summary: 'Who serves this log and how far each is, and the members of its store',
  parameters: ['session'],
  responses: { 200: ok('The cluster, as this server knows it.', 'Cluster', sample.cluster) },
  errors: [...errors.anyRoute, ...errors.administered],
  example: { path: '/v1/cluster' },
};
