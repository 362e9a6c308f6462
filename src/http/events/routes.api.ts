import * as errors from '../openapi/error-sets.ts';
import { lines, type Operation } from '../openapi/operation.ts';
import * as sample from '../openapi/samples.ts';

/** What the document says of the event stream. */

const groupPath = '/v1/groups/deploy';

export const streamEvents: Operation = {
  id: 'streamEvents',
  access: 'reader',
  tag: 'rounds',
  summary: 'Follow a group: server-sent events, id = revision, data = Event; the present state first',
  parameters: ['group', 'after', 'consistency', 'lastEventId', 'session'],
  responses: {
    200: {
      description: 'The stream; a comment every 15 s by default: streamHeartbeat in /v1/info.',
      content: {
        'text/event-stream': {
          carries: ['Event', 'Snapshot', 'Goodbye'],
          example: lines(
            'retry: 1000',
            '',
            'id: 2',
            'event: snapshot',
            `data: ${JSON.stringify(sample.snapshot)}`,
            '',
            'id: 3',
            'event: proposed',
            `data: ${JSON.stringify(sample.event)}`,
            '',
            'event: goodbye',
            `data: ${JSON.stringify(sample.goodbye)}`,
            '',
          ),
        },
      },
    },
  },
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.inGroup],
  example: { path: `${groupPath}/events` },
};
