import { lines, type Operation, ok, text } from './operation.ts';
import * as may from './refusals.ts';
import * as sample from './samples.ts';

/** The routes that belong to no group, by method and path. */
export const serverOperations: Readonly<Record<string, Operation>> = {
  'GET /healthz': {
    id: 'getHealth',
    access: 'anyone',
    tag: 'operations',
    summary: 'Whether the process is up',
    parameters: [],
    replies: { 200: ok('It is.', 'Health', { status: 'ok', index: 12 }) },
    errors: may.anyRoute,
    example: { path: '/healthz' },
  },
  'GET /readyz': {
    id: 'getReadiness',
    access: 'anyone',
    tag: 'operations',
    summary: 'Whether the server may get traffic',
    parameters: [],
    replies: {
      200: ok('It may; where it is read-only, writes are refused with no-space.', 'Readiness', {
        status: 'ready',
        index: 12,
        freeBytes: 52_428_800_000,
        timeAhead: null,
      }),
    },
    errors: [...may.anyRoute, ...may.freshRead],
    example: { path: '/readyz' },
  },
  'GET /v1/info': {
    id: 'getInfo',
    access: 'administrator',
    tag: 'operations',
    summary: 'What this server is, and its limits',
    parameters: ['session'],
    replies: { 200: ok('The server.', 'Info', sample.info) },
    errors: [...may.anyRoute, 'token-required', 'token-wrong'],
    example: { path: '/v1/info' },
  },
  'GET /metrics': {
    id: 'getMetrics',
    access: 'administrator',
    tag: 'operations',
    summary: 'Metrics of this server in the Prometheus text format 0.0.4',
    parameters: [],
    replies: {
      200: {
        description: 'The metrics.',
        content: text(
          'text/plain',
          lines('# HELP quorate_groups Groups there are.', '# TYPE quorate_groups gauge', 'quorate_groups 1'),
        ),
      },
    },
    errors: [...may.anyRoute, 'token-required', 'token-wrong'],
    example: { path: '/metrics' },
  },
  'GET /openapi.json': {
    id: 'getOpenApi',
    access: 'anyone',
    tag: 'operations',
    summary: 'This document',
    parameters: [],
    replies: {
      200: {
        description: 'OpenAPI 3.1.',
        content: { 'application/json': { example: { openapi: '3.1.1' } } },
      },
    },
    errors: may.anyRoute,
    example: { path: '/openapi.json' },
  },
  'GET /docs': {
    id: 'getDocs',
    access: 'anyone',
    tag: 'operations',
    summary: 'This document as a page',
    parameters: [],
    replies: { 200: { description: 'The page.', content: text('text/html', '<!doctype html>') } },
    errors: may.anyRoute,
    example: { path: '/docs' },
  },
  'GET /docs/style.css': {
    id: 'getDocsStyle',
    access: 'anyone',
    tag: 'operations',
    summary: 'How the page looks',
    parameters: [],
    replies: { 200: { description: 'The style sheet.', content: text('text/css', 'body {}') } },
    errors: may.anyRoute,
    example: { path: '/docs/style.css' },
  },
  'GET /docs/icon.svg': {
    id: 'getDocsIcon',
    access: 'anyone',
    tag: 'operations',
    summary: 'What a browser shows beside the title of the page',
    parameters: [],
    replies: { 200: { description: 'The picture.', content: text('image/svg+xml', '<svg/>') } },
    errors: may.anyRoute,
    example: { path: '/docs/icon.svg' },
  },
};
