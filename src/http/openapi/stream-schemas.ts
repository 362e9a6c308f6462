import { type Static, Type } from 'typebox';
import { limits } from '../../core/limits.ts';
import type { AckBy, OutcomeReason } from '../../core/types.ts';
import type {
  AcknowledgementsJson,
  ItemJson,
  MemberJson,
  MessageJson,
  SomeAgentsJson,
  WithheldJson,
} from '../../core/view/json-types.ts';
import {
  closed,
  index,
  json,
  kind,
  name,
  orNull,
  ref,
  revision,
  role,
  shownName,
  time,
  unionOf,
  whole,
  words,
} from './schema-parts.ts';

/** The schemas of a group's stream: items, messages and their acknowledgements, views, cursors. */

const offset = Type.Integer({ minimum: 1, description: '1, 2, 3, ... in the group, without gaps.' });
const view = Type.Integer({ minimum: 0, description: 'Offset of the view in force; 0 before the first.' });
const ofEntry = Type.Integer({
  minimum: 1,
  description: 'The log position of its entry, which may hold many items.',
});
const place = { offset, index: ofEntry, view, revision };
const at = time();
const incarnation = Type.Integer({
  minimum: 0,
  description: 'Offset of the view that the agent joined with.',
});
const round = whole(1);

const ackBys = { AckByCount: whole(1), AckByName: words('majority', 'all') };
const ackBy = orNull(ref<AckBy>('AckBy'));
const to = orNull(Type.Array(name(), { description: 'Null: everybody.' }));
const message = Type.Object({
  ...place,
  type: Type.Literal('message'),
  at,
  from: name(),
  name: Type.Optional(shownName),
  body: json('What it says.'),
  to,
  replyTo: orNull(offset),
  round: orNull(round),
  ackBy,
});
const items = {
  ViewItem: Type.Object({
    ...place,
    type: Type.Literal('view'),
    at,
    change: words('joined', 'left', 'expired', 'renamed'),
    agent: name(),
    name: Type.Optional(shownName),
    kind: Type.Optional(kind),
    role,
    incarnation,
  }),
  RoundOpenedItem: Type.Object({ ...place, type: Type.Literal('round-opened'), at, round }),
  RoundClosedItem: Type.Object({
    ...place,
    type: Type.Literal('round-closed'),
    at,
    round,
    state: words('SUCCESS', 'FAILED'),
    reason: ref<OutcomeReason>('OutcomeReason'),
    value: json('The decision; null unless SUCCESS.'),
  }),
  Message: message,
  Withheld: Type.Object(
    { offset, index: ofEntry, withheld: Type.Literal(true) },
    { description: 'A message that the caller may not read: only its place is shown.' },
  ),
};
const messages = { Message: message, Withheld: items.Withheld };

const standing = {
  oldest: Type.Integer({
    minimum: 1,
    description: 'Offset of the oldest item that is kept; of the next one where none is.',
  }),
  end: Type.Integer({ minimum: 0, description: 'Offset of the latest item.' }),
  view,
};
const pageOf = <T extends Parameters<typeof Type.Array>[0]>(item: T) =>
  Type.Object({
    group: name(),
    items: Type.Array(item),
    next: orNull(
      Type.Integer({
        minimum: 1,
        description: 'Ask for the next page with `after` this; null: all up to `end`.',
      }),
    ),
    ...standing,
    revision,
    index,
  });

const someAgents = Type.Object({
  count: whole(),
  agents: Type.Array(name(), { maxItems: limits.acknowledgedNames, description: 'The first of them.' }),
});
const stabilities = words('pending', 'stable', 'impossible');
const stability = {
  stability: orNull(ref<Static<typeof stabilities>>('Stability')),
  acknowledgements: orNull(ref<AcknowledgementsJson>('Acknowledgements')),
};
const acknowledgements = Type.Object({
  ackBy: ref<AckBy>('AckBy'),
  needed: whole(1),
  recipients: whole(1),
  acknowledged: ref<SomeAgentsJson>('SomeAgents'),
  waiting: ref<SomeAgentsJson>('SomeAgents'),
  gone: ref<SomeAgentsJson>('SomeAgents'),
});
const stable = {
  MessageWithStability: Type.Object({ ...message.properties, ...stability }),
  Withheld: items.Withheld,
};
const explained = {
  MessageExplanation: Type.Object({ group: name(), offset, explain: Type.String(), ...stability, index }),
  Withheld: items.Withheld,
};
const member = Type.Object({
  agent: name(),
  name: Type.Optional(shownName),
  kind: Type.Optional(kind),
  role,
  incarnation,
});
const cursor = Type.Integer({ minimum: 0, description: 'Offset of the last item that is handled.' });

/** What a join answers of the stream. */
export const joinedPlace = { view, incarnation, cursor };

export const streamSchemas = {
  ...ackBys,
  AckBy: unionOf(ackBys),
  ...items,
  Item: unionOf(items),
  StreamPage: pageOf(ref<ItemJson>('Item')),
  MessageOrWithheld: unionOf(messages),
  MessagePage: pageOf(ref<MessageJson | WithheldJson>('MessageOrWithheld')),
  Resync: Type.Object(standing, { description: 'To a reader of another history: where this stream is.' }),
  GroupItem: Type.Object({ group: name(), item: ref<ItemJson>('Item') }),
  FeedStart: Type.Object({ index }, { description: 'Nothing that happens after this index is missed.' }),
  NewMessage: Type.Object(
    {
      body: json(`Any JSON of at most ${limits.messageBytes} bytes and depth ${limits.valueDepth}.`),
      to: Type.Optional(
        orNull(
          Type.Array(name(), {
            minItems: 1,
            maxItems: limits.messageRecipients,
            description: 'Names in the view: nobody else reads it.',
          }),
        ),
      ),
      replyTo: Type.Optional(orNull(offset)),
      round: Type.Optional(orNull(round)),
      inView: Type.Optional(
        orNull(Type.Integer({ minimum: 1, description: 'Only while this view is in force.' })),
      ),
      ackBy: Type.Optional(ackBy),
    },
    closed,
  ),
  SaidMessage: Type.Object({
    group: name(),
    offset,
    view,
    index: ofEntry,
    stability: Type.Optional(stability.stability),
    acknowledgements: Type.Optional(stability.acknowledgements),
  }),
  Stability: stabilities,
  SomeAgents: someAgents,
  Acknowledgements: acknowledgements,
  ...stable,
  OneMessage: unionOf(stable),
  ...explained,
  OneExplanation: unionOf(explained),
  ViewMember: member,
  View: Type.Object({
    group: name(),
    view,
    members: Type.Array(ref<MemberJson>('ViewMember')),
    next: orNull(name()),
    total: whole(),
    revision,
    index,
  }),
  NewCursor: Type.Object({ offset: cursor }, closed),
  Cursor: Type.Object({ group: name(), agent: name(), offset: cursor, incarnation, index }),
};
