import * as errors from './error-sets.ts';
import { lines, type Operation, ok, text } from './operation.ts';
import * as sample from './samples.ts';

/** The routes that belong to no group, by method and path. */
export const serverOperations: Readonly<Record<string, Operation>> = {
  'GET /healthz': {
    id: 'getHealth',
    access: 'anyone',
    tag: 'operations',
    summary: 'Whether the process is up',
    parameters: [],
    responses: { 200: ok('It is.', 'Health', { status: 'ok', index: 12 }) },
    errors: errors.anyRoute,
    example: { path: '/healthz' },
  },
  'GET /readyz': {
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
  },
  'GET /v1/info': {
    id: 'getInfo',
    access: 'administrator',
    tag: 'operations',
    summary: 'What this server is, and its limits',
    parameters: ['session'],
    responses: { 200: ok('The server.', 'Info', sample.info) },
    errors: [...errors.anyRoute, ...errors.administered],
    example: { path: '/v1/info' },
  },
  'GET /metrics': {
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
  },
  'GET /openapi.json': {
    id: 'getOpenApi',
    access: 'anyone',
    tag: 'operations',
    summary: 'This document',
    parameters: [],
    responses: {
      200: {
        description: 'OpenAPI 3.1.',
        content: { 'application/json': { example: { openapi: '3.1.1' } } },
      },
    },
    errors: errors.anyRoute,
    example: { path: '/openapi.json' },
  },
  'GET /docs': {
    id: 'getDocs',
    access: 'anyone',
    tag: 'operations',
    summary: 'This document as a page',
    parameters: [],
    responses: { 200: { description: 'The page.', content: text('text/html', '<!doctype html>') } },
    errors: errors.anyRoute,
    example: { path: '/docs' },
  },
  'GET /docs/style.css': {
    id: 'getDocsStyle',
    access: 'anyone',
    tag: 'operations',
    summary: 'How the page looks',
    parameters: [],
    responses: { 200: { description: 'The style sheet.', content: text('text/css', 'body {}') } },
    errors: errors.anyRoute,
    example: { path: '/docs/style.css' },
  },
  'GET /docs/icon.svg': {
    id: 'getDocsIcon',
    access: 'anyone',
    tag: 'operations',
    summary: 'What a browser shows beside the title of the page',
    parameters: [],
    responses: { 200: { description: 'The picture.', content: text('image/svg+xml', '<svg/>') } },
    errors: errors.anyRoute,
    example: { path: '/docs/icon.svg' },
  },
};
