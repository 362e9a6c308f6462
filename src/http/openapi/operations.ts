import { streamEvents } from '../events/routes.api.ts';
import * as agents from '../routes/agents.api.ts';
import * as classroom from '../routes/classroom.api.ts';
import * as groups from '../routes/groups.api.ts';
import * as ops from '../routes/ops.api.ts';
import * as rounds from '../routes/rounds.api.ts';
import * as errors from './error-sets.ts';
import { type Operation, text } from './operation.ts';

/** Every route, by method and path as it is registered. Tests hold this table and the routes together. */
export const operations: Readonly<Record<string, Operation>> = {
  'POST /number': classroom.postNumber,
  'GET /state/:id': classroom.getState,
  'PUT /v1/groups/:group': groups.putGroup,
  'GET /v1/groups/:group': groups.getGroup,
  'GET /v1/groups': groups.listGroups,
  'DELETE /v1/groups/:group': groups.deleteGroup,
  'PUT /v1/groups/:group/keys': groups.putKeys,
  'PUT /v1/groups/:group/rounds/:round/proposals/:agent': rounds.propose,
  'POST /v1/groups/:group/proposals': rounds.proposeInOpenRound,
  'GET /v1/groups/:group/rounds/:round': rounds.getRound,
  'GET /v1/groups/:group/rounds/:round/explain': rounds.explainRound,
  'GET /v1/groups/:group/rounds': rounds.listRounds,
  'POST /v1/groups/:group/rounds': rounds.openRound,
  'POST /v1/groups/:group/rounds/:round/close': rounds.closeRound,
  'PUT /v1/groups/:group/agents/:agent': agents.join,
  'POST /v1/groups/:group/agents/:agent/renew': agents.renewLease,
  'DELETE /v1/groups/:group/agents/:agent': agents.leave,
  'GET /v1/groups/:group/agents': agents.listAgents,
  'GET /v1/groups/:group/events': streamEvents,
  'GET /healthz': ops.getHealth,
  'GET /readyz': ops.getReadiness,
  'GET /v1/info': ops.getInfo,
  'GET /metrics': ops.getMetrics,
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
