import * as errors from '../openapi/error-sets.ts';
import { lines, type Operation } from '../openapi/operation.ts';

/** What the document says of the tools for models. */

const pong = { jsonrpc: '2.0', id: 1, result: {} } as const;

export const postMcp: Operation = {
  id: 'postMcp',
  access: 'anyone',
  tag: 'models',
  summary: 'A message of the Model Context Protocol: what a tool may do follows from the token sent along',
  parameters: ['instance', 'session'],
  body: { schema: 'McpMessage', required: true },
  responses: {
    200: {
      description: 'The answer, or the events of a call and then its answer; errors of the protocol, too.',
      content: {
        'application/json': { schema: 'McpAnswer', example: pong },
        'text/event-stream': {
          carries: ['McpAnswer'],
          example: lines('event: message', `data: ${JSON.stringify(pong)}`, ''),
        },
      },
    },
    202: { description: 'Taken: a message that asks for no answer.' },
  },
  errors: [...errors.anyRoute, 'cross-origin', 'invalid-json', 'unsupported-media-type', 'too-large'],
  example: {
    path: '/mcp',
    body: { jsonrpc: '2.0', id: 1, method: 'ping' },
  },
};
