import * as errors from '../openapi/error-sets.ts';
import { lines, type Operation } from '../openapi/operation.ts';
import * as sample from '../openapi/samples.ts';
import { message } from '../openapi/stream-samples.ts';

/** What the document says of the stream of several groups. */
export const streamGroups: Operation = {
  id: 'streamGroups',
  access: 'administrator',
  tag: 'groups',
  summary:
    'Follow several groups: their events and items in order of index, id = index behind the last of an entry',
  parameters: ['groups', 'prefix', 'afterIndex', 'consistency', 'lastEventId', 'session'],
  responses: {
    200: {
      description: 'The stream: after `start` or `resync` an Event as it happens, and as `item` a GroupItem.',
      content: {
        'text/event-stream': {
          carries: ['Event', 'GroupItem', 'FeedStart', 'Goodbye'],
          example: lines(
            'retry: 1000',
            '',
            'id: 12',
            'event: start',
            'data: {"index":12}',
            '',
            'event: proposed',
            `data: ${JSON.stringify(sample.event)}`,
            '',
            'event: item',
            `data: ${JSON.stringify({ group: 'deploy', item: message })}`,
            'id: 13',
            '',
          ),
        },
      },
    },
  },
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.inGroup, ...errors.administered],
  example: { path: '/v1/events?groups=deploy' },
};
