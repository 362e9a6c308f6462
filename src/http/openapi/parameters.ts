import { type TSchema, Type } from 'typebox';
import { duration, name, ref } from './schema-parts.ts';

/** What stands in paths, queries and headers. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: true;
  readonly description: string;
  readonly schema: TSchema;
  readonly example?: string | number;
}

const parameter =
  (place: Parameter['in']) =>
  (name: string, description: string, schema: TSchema = Type.String()): Parameter => ({
    name,
    in: place,
    ...(place === 'path' && { required: true }),
    description,
    schema,
  });
const inPath = parameter('path');
const inQuery = parameter('query');
const inHeader = parameter('header');

const number = Type.Integer({ minimum: 1 });
const revision = Type.Integer({ minimum: 0 });

export const parameters = {
  group: inPath('group', 'Name of the group.', name()),
  agent: inPath('agent', 'Name of the agent; not beginning with `seat-`.', name()),
  round: inPath('round', 'Number of the round, from 1.', number),
  whichRound: inPath('round', 'Number of the round, or `open`, or `latest`.', ref('WhichRound')),
  id: inPath('id', 'Whoever asks: any text.', Type.String({ minLength: 1 })),
  offset: inPath('offset', 'Offset of the item in the stream of its group.', number),
  wait: inQuery(
    'wait',
    'How long to wait for the round to close, or with `after` for any change; at most 60 s.',
    duration(),
  ),
  after: inQuery('after', 'The last revision seen: answers when there is a later one.', revision),
  afterGroup: inQuery('after', 'The last group of the page before.', name()),
  afterAgent: inQuery('after', 'The last agent of the page before.', name()),
  afterProposal: inQuery(
    'after',
    'The last agent of the page before; of an anonymous seat its name.',
    Type.String(),
  ),
  afterItem: inQuery(
    'after',
    'Offset of the last item seen; without it from the oldest that is kept.',
    revision,
  ),
  waitForItems: inQuery(
    'wait',
    'How long to wait for an item, where there is none yet; at most 60 s.',
    duration(),
  ),
  waitForStability: inQuery(
    'wait',
    'How long to wait for the message to be stable, or impossible; at most 60 s.',
    duration(),
  ),
  waitForSpent: inQuery(
    'wait',
    'How long to wait until the decision is spent, or with `after` for any change; at most 60 s.',
    duration(),
  ),
  afterClaim: inQuery('after', 'The last revision of the claim that was seen.', revision),
  fence: { ...inQuery('fence', 'The number that came with the claim.', number), required: true },
  webhook: inPath('webhook', 'Name of the webhook.', name()),
  number: inPath('number', 'Number of the delivery, from 1.', number),
  afterDelivery: inQuery('after', 'The number of the last delivery of the page before.', revision),
  deliveryLimit: inQuery(
    'limit',
    'At most so many deliveries.',
    Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
  ),
  groups: inQuery('groups', 'Names of groups with commas between them, at most 100.'),
  prefix: inQuery(
    'prefix',
    'All groups that the caller may read and whose names begin so; with `groups`, those as well.',
  ),
  groupPrefix: inQuery('prefix', 'Only groups whose names begin so.'),
  waitForOther: inQuery(
    'wait',
    'With If-None-Match: how long to wait until the page is another than that one; at most 60 s.',
    duration(),
  ),
  afterIndex: inQuery('after', 'The last id seen.', revision),
  before: inQuery('before', 'Only rounds before this one.', number),
  limit: inQuery(
    'limit',
    'How many at most; fewer where they are large.',
    Type.Integer({ minimum: 1, maximum: 1000 }),
  ),
  pageLimit: inQuery(
    'limit',
    'How many at most; fewer where they are large.',
    Type.Integer({ minimum: 1, maximum: 10_000 }),
  ),
  consistency: inQuery(
    'consistency',
    '`local` answers from this server at once and may be stale; the answer says so.',
    Type.Enum(['linearizable', 'local'], { default: 'linearizable' }),
  ),
  prefer: inHeader('Prefer', '`wait=30`: the same as `?wait=30s`. RFC 7240'),
  ifMatch: inHeader('If-Match', 'The revision this is meant for, as ETag gave it; * for any that exists.'),
  createOnly: inHeader('If-None-Match', '`*`: only if there is no such group yet.', Type.Enum(['*'])),
  ifNoneMatch: inHeader('If-None-Match', 'What ETag gave the caller: 304 when it is still that.'),
  idempotencyKey: inHeader(
    'Idempotency-Key',
    'The same key again gives the first answer again.',
    Type.String({ minLength: 1, maxLength: 128 }),
  ),
  agentId: inHeader('X-Agent-Id', 'Who posts; without it the post takes an anonymous seat.'),
  lastEventId: inHeader('Last-Event-ID', 'The last id seen: the stream goes on behind it.'),
  instance: inHeader(
    'Quorate-Instance',
    'A secret of the client, the same with each call: calls whose answer was lost may then be repeated.',
    Type.String({ minLength: 16, maxLength: 128 }),
  ),
  session: inHeader(
    'Quorate-Session',
    'As a response gave it: the answer is at least as fresh as that one, on any server.',
    Type.String({ pattern: '^[\\w-]{1,64}\\.\\d{1,15}$' }),
  ),
} as const satisfies Record<string, Parameter>;

export type ParameterName = keyof typeof parameters;
