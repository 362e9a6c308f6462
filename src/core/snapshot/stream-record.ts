import type { Acknowledgements, Item, Message, ViewItem } from '../group/stream.ts';
import { noStream, Stream } from '../group/stream.ts';
import type { AckBy, AgentKind, OutcomeReason } from '../types.ts';
import { shortened } from './header.ts';
import { type Items, listed, type Way } from './json-in-chunks.ts';

/** The stream of a group as a record and back. An item's offset is its place: the last one is at `end`. */

export type StreamRecord<W extends Way> = [
  end: number,
  items: Items<W, ItemRecord>,
  /** Of the messages that ask for acknowledgements. */
  acknowledgements: AcknowledgementsRecord[],
];

type PlaceRecord = [index: number, view: number, revision: number, at: number];

type ItemRecord =
  | [
      kind: 0,
      ...PlaceRecord,
      change: ViewItem['change'],
      agent: string,
      isVoter: boolean,
      incarnation: number,
      name?: string | null,
      kind?: AgentKind,
    ]
  | [kind: 1, ...PlaceRecord, round: number]
  | [
      kind: 2,
      ...PlaceRecord,
      round: number,
      state: 'SUCCESS' | 'FAILED',
      reason: OutcomeReason,
      value: string | null,
    ]
  | MessageRecord;

type MessageRecord = [
  kind: 3,
  ...PlaceRecord,
  from: string,
  body: string,
  tokenHash: string,
  key?: string | null,
  name?: string | null,
  round?: number | null,
  replyTo?: number | null,
  ackBy?: AckBy | null,
  to?: readonly string[] | null,
  tokens?: readonly string[] | null,
  byInvite?: boolean | null,
];

type AcknowledgementsRecord = [
  offset: number,
  state: Acknowledgements['state'],
  needed: number,
  recipients: number,
  acknowledged: number,
  gone: number,
  acknowledgedBy: string[],
  goneAgents: string[],
];

/** Null for a stream that there never was. Items never change; of what does, the record has a copy. */
export function streamRecord(stream: Stream): StreamRecord<'written'> | null {
  if (stream === noStream) return null;
  const items = stream.items;
  const asked = items.flatMap((item) =>
    item.type === 'message' && item.acknowledgements !== null ? [acknowledgementsRecord(item)] : [],
  );
  return [stream.end, listed(items, (item) => [itemRecord(item)]), asked];
}

export function streamOf(record: StreamRecord<'read'> | null | undefined): Stream {
  if (record == null) return noStream;
  const [end, items, asked] = record;
  const acknowledgements = new Map(asked.map((one) => [one[0], one]));
  const stream = new Stream(end - items.length);
  let offset = stream.end;
  for (const item of items) {
    offset += 1;
    stream.add(itemOf(offset, item, acknowledgements));
  }
  return stream;
}

function itemRecord(item: Item): ItemRecord {
  const { index, view, revision, at } = item;
  const place: PlaceRecord = [index, view, revision, at];
  switch (item.type) {
    case 'view': {
      const { change, agent, role, incarnation, name, kind } = item;
      const record: ItemRecord = [0, ...place, change, agent, role === 'voter', incarnation];
      if (kind !== undefined) record.push(name ?? null, kind);
      else if (name !== undefined) record.push(name);
      return record;
    }
    case 'round-opened':
      return [1, ...place, item.round];
    case 'round-closed':
      return [2, ...place, item.round, item.state, item.reason, item.value];
    case 'message':
      return messageRecord(item, place);
  }
}

function messageRecord(item: Message, place: PlaceRecord): MessageRecord {
  const { from, body, tokenHash, key, name = null, round, replyTo, ackBy, to, mail } = item;
  const about = [key, name, round, replyTo, ackBy, to] as const;
  const record: MessageRecord = [3, ...place, from, body, tokenHash, ...about];
  if (mail !== null) record.push(mail.tokens, mail.byInvite);
  return shortened(record);
}

function itemOf(
  offset: number,
  record: ItemRecord,
  acknowledgements: ReadonlyMap<number, AcknowledgementsRecord>,
): Item {
  const [, index, view, revision, at] = record;
  const place = { offset, index, view, revision, at };
  switch (record[0]) {
    case 0: {
      const [, , , , , change, agent, isVoter, incarnation, name, kind] = record;
      const role = isVoter ? 'voter' : 'observer';
      const named = { ...(name != null && { name }), ...(kind !== undefined && { kind }) };
      return { type: 'view', change, agent, role, incarnation, ...named, ...place };
    }
    case 1:
      return { type: 'round-opened', round: record[5], ...place };
    case 2: {
      const [, , , , , round, state, reason, value] = record;
      return { type: 'round-closed', round, state, reason, value, ...place };
    }
    case 3: {
      const [, , , , , from, body, tokenHash, key = null, name = null] = record;
      const [round = null, replyTo = null, ackBy = null, to = null, tokens = null, byInvite] = record.slice(
        10,
      ) as MessageTail;
      const named = name === null ? { from } : { from, name };
      const about = { body, to, replyTo, round, ackBy, tokenHash, key };
      const mail = tokens === null ? null : { tokens, byInvite: byInvite === true };
      const asked = acknowledgementsOf(acknowledgements.get(offset), to);
      return { type: 'message', mail, acknowledgements: asked, ...named, ...about, ...place };
    }
  }
}

type MessageTail = [
  round?: number | null,
  replyTo?: number | null,
  ackBy?: AckBy | null,
  to?: readonly string[] | null,
  tokens?: readonly string[] | null,
  byInvite?: boolean | null,
];

function acknowledgementsRecord({ offset, acknowledgements }: Message): AcknowledgementsRecord {
  const asked = acknowledgements as Acknowledgements;
  const { state, needed, recipients, acknowledged, gone, acknowledgedBy, goneAgents } = asked;
  return [offset, state, needed, recipients, acknowledged, gone, [...acknowledgedBy], [...goneAgents]];
}

function acknowledgementsOf(
  record: AcknowledgementsRecord | undefined,
  to: readonly string[] | null,
): Acknowledgements | null {
  if (record === undefined) return null;
  const [, state, needed, recipients, acknowledged, gone, acknowledgedBy, goneAgents] = record;
  const among = to === null ? null : new Set(to);
  return { state, needed, recipients, among, acknowledged, gone, acknowledgedBy, goneAgents };
}
