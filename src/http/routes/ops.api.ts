import * as errors from '../openapi/error-sets.ts';
import { lines, type Operation, ok, text } from '../openapi/operation.ts';
import * as sample from '../openapi/samples.ts';

/** What the document says of the routes for operators. */

export const getHealth: Operation = {
  id: 'getHealth',
  access: 'anyone',
  tag: 'operations',
  summary: 'Whether the process is up',
  parameters: [],
  responses: { 200: ok('It is.', 'Health', { status: 'ok', index: 12 }) },
  errors: errors.anyRoute,
  example: { path: '/healthz' },
};

export const getReadiness: Operation = {
  id: 'getReadiness',
  access: 'anyone',
  tag: 'operations',
  summary: 'Whether the server may get traffic',
  parameters: [],
  responses: {
    200: ok('It may; where it is read-only, writes are refused with no-space.', 'Readiness', {
      status: 'ready',
      index: 12,
      freeBytes: 52_428_800_000,
      timeAhead: null,
    }),
  },
  errors: [...errors.anyRoute, ...errors.freshRead],
  example: { path: '/readyz' },
};

export const getInfo: Operation = {
  id: 'getInfo',
  access: 'administrator',
  tag: 'operations',
  summary: 'What this server is, and its limits',
  parameters: ['session'],
  responses: { 200: ok('The server.', 'Info', sample.info) },
  errors: [...errors.anyRoute, ...errors.administered],
  example: { path: '/v1/info' },
};

export const getMetrics: Operation = {
  id: 'getMetrics',
  access: 'administrator',
  tag: 'operations',
  summary: 'Metrics of this server in the Prometheus text format 0.0.4',
  parameters: [],
  responses: {
    200: {
      description: 'The metrics.',
      content: text(
        'text/plain',
        lines('# HELP quorate_groups Groups there are.', '# TYPE quorate_groups gauge', 'quorate_groups 1'),
      ),
    },
  },
  errors: [...errors.anyRoute, ...errors.administered],
  example: { path: '/metrics' },
};
