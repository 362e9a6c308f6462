import * as errors from '../openapi/error-sets.ts';
import { lines, type Operation, type Success } from '../openapi/operation.ts';
import type { SchemaName } from '../openapi/schemas.ts';
import * as sample from '../openapi/stream-samples.ts';

/** What the document says of the stream of a group. */

const groupPath = '/v1/groups/deploy';

const parameters = [
  ...(['group', 'afterItem', 'pageLimit', 'waitForItems', 'consistency'] as const),
  ...(['prefer', 'lastEventId', 'session'] as const),
] as const;

/** A page as JSON, or with `Accept: text/event-stream` the items as they come. */
function pageOrEvents(schema: SchemaName, page: object, item: SchemaName): Success {
  return {
    description: 'A page; with `Accept: text/event-stream` a stream of events, id = offset.',
    headers: ['Link', 'Preference-Applied'],
    content: {
      'application/json': { schema, example: page },
      'text/event-stream': {
        carries: [item, 'Resync', 'Goodbye'],
        example: lines(
          'retry: 1000',
          '',
          'id: 3',
          'event: message',
          `data: ${JSON.stringify(sample.message)}`,
          '',
        ),
      },
    },
  };
}

const reading = {
  access: 'reader',
  tag: 'messages',
  parameters,
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.inGroup, 'messages-not-kept'],
} as const satisfies Partial<Operation>;

export const readStream: Operation = {
  ...reading,
  id: 'readStream',
  summary:
    'Read the views, messages and rounds of a group in their one order; with wait, as soon as there is one',
  responses: { 200: pageOrEvents('StreamPage', sample.page, 'Item') },
  example: { path: `${groupPath}/stream?after=0` },
};

export const readMessages: Operation = {
  ...reading,
  id: 'readMessages',
  summary: 'The same, messages only',
  responses: { 200: pageOrEvents('MessagePage', sample.messages, 'MessageOrWithheld') },
  example: { path: `${groupPath}/messages` },
};
