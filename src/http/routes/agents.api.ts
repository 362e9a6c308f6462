import * as errors from '../openapi/error-sets.ts';
import { type Operation, ok } from '../openapi/operation.ts';
import * as sample from '../openapi/samples.ts';

/** What the document says of the routes of agents. */

const groupPath = '/v1/groups/deploy';
const agentPath = '/v1/groups/deploy/agents/reviewer-1';

export const join: Operation = {
  id: 'join',
  access: { joined: 'rejoiner', free: 'newcomer' },
  tag: 'agents',
  summary: 'Join, or join again as the same instance',
  parameters: ['group', 'agent', 'session'],
  body: { schema: 'Join', required: false },
  responses: {
    201: ok('Joined; the token speaks for this agent from now on.', 'Joined', sample.joined),
    200: ok('The same instance was here already.', 'Joined', sample.joined),
  },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.inGroup,
    'reserved-name',
    'agent-taken',
    'role-differs',
    'join-key-wrong',
    'not-invited',
    'limit-reached',
  ],
  example: { path: agentPath, body: { ttl: '30s', instance: 'a-long-random-text' } },
};

export const renewLease: Operation = {
  id: 'renewLease',
  access: { joined: 'speaker', free: 'absent' },
  tag: 'agents',
  summary: 'Renew a lease',
  parameters: ['group', 'agent', 'session'],
  responses: { 200: ok('Renewed.', 'Lease', sample.lease) },
  errors: [...errors.anyRoute, ...errors.write, ...errors.inGroup, ...errors.asAgent, 'agent-not-found'],
  example: { path: `${agentPath}/renew` },
};

export const leave: Operation = {
  id: 'leave',
  access: { joined: 'remover', free: 'absent' },
  tag: 'agents',
  summary: 'Leave, or remove an agent whose token is lost: the name is free again, its proposal stays',
  parameters: ['group', 'agent', 'session'],
  responses: { 200: ok('Left.', 'Lease', { ...sample.lease, expiresAt: null, revision: 4, index: 14 }) },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.inGroup,
    ...errors.asAgent,
    'agent-not-found',
    'join-key-wrong',
  ],
  example: { path: agentPath },
};

export const listAgents: Operation = {
  id: 'listAgents',
  access: 'reader',
  tag: 'agents',
  summary: 'List the agents that have joined',
  parameters: ['group', 'afterAgent', 'pageLimit', 'consistency', 'session'],
  responses: {
    200: {
      ...ok('A page of agents.', 'AgentList', {
        ...{ agents: [sample.agent], next: null },
        ...{ total: 1, revision: 3, index: 13 },
      }),
      headers: ['Link'],
    },
  },
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.inGroup, 'agent-not-found'],
  example: { path: `${groupPath}/agents` },
};
