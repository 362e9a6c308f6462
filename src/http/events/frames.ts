import type { Group, State } from '../../core/group/state.ts';
import type { Event } from '../../core/result.ts';
import { claimOfEvent } from '../../core/view/claim.ts';
import type { RoundJson, SnapshotJson } from '../../core/view/json-types.ts';
import { viewEvent, viewGroup, viewLatest, viewRound } from '../../core/view/view.ts';

/**
 * Events as they go over the wire, `text/event-stream`: id = revision, event = type, data = an EventJson. [Q6.3]
 *
 * What they show of a round comes from core/view, which knows what the rule reveals. Several events of one entry show
 * their round as it is after the entry: `round.revision` says which state it is. A round too large for an event comes
 * without its lists (`missing` empty, `tally` null): read it by its number.
 */

/** Bytes of a round in an event. Proposals come in crowds, so theirs are kept smaller. */
const roundBytes = { proposed: 4096, others: 32 * 1024 } as const;
/** Names and values in a round's lists, beyond which their length is not even measured. */
const roundNames = 1000;

/** Writes the events of one group in one entry; each round in them is written once. */
export function eventWriter(group: Group): (event: Event) => Uint8Array {
  const written = new Map<string, string>();
  const roundText = (number: number, index: number, most: number): string => {
    const key = `${number} ${most}`;
    let text = written.get(key);
    if (text === undefined) {
      text = fitting(viewRound(group, number, index), most);
      written.set(key, text);
    }
    return text;
  };
  return (event) => {
    const { type, round, revision, index } = event;
    const most = type === 'proposed' ? roundBytes.proposed : roundBytes.others;
    const text = round === null ? 'null' : roundText(round, index, most);
    // The round is the last member of the shape, here still null: its text takes the place.
    const claim = claimOfEvent(group, event);
    const shape = JSON.stringify({ ...claim, ...viewEvent(group, { ...event, round: null }) });
    return frame(revision, type, `${shape.slice(0, -'null}'.length)}${text}}`);
  };
}

/** The present state as an event: `snapshot` for a new reader, `resync` for one that missed events which are no longer kept. */
export function presentState(type: SnapshotJson['type'], group: Group, state: State): Uint8Array {
  const { revision } = group;
  const shape = {
    type,
    group: group.name,
    revision,
    index: state.index,
    time: new Date(state.time).toISOString(),
    agent: null,
    details: viewGroup(group, state.index),
    round: null,
  } satisfies SnapshotJson;
  const text = fitting(viewLatest(group, state.index), roundBytes.others);
  return frame(revision, type, `${JSON.stringify(shape).slice(0, -'null}'.length)}${text}}`);
}

/**
 * The last event of a stream that its server ends although nothing is wrong: its reader comes back at once, with the last id. It has no
 * id itself. [Q6.18]
 */
export interface GoodbyeJson {
  readonly type: 'goodbye';
  /** The server stops, so another one is the better choice; or the stream was open for as long as one may be. */
  readonly reason: 'stopping' | 'max-age';
  /** The group whose stream it is; null for a stream of several. */
  readonly group: string | null;
  /** Of a group's events: what the reader was sent last; else null. */
  readonly revision: number | null;
  readonly index: number;
  readonly time: string;
  readonly agent: null;
  readonly round: null;
}

/** What a goodbye says of its stream. */
export type Place = Pick<GoodbyeJson, 'group' | 'revision'>;

export function goodbye(
  reason: GoodbyeJson['reason'],
  { group, revision }: Place,
  state: Pick<State, 'index' | 'time'>,
): string {
  const shape = {
    ...{ type: 'goodbye', reason, group, revision },
    index: state.index,
    time: new Date(state.time).toISOString(),
    agent: null,
    round: null,
  } satisfies GoodbyeJson;
  return `event: goodbye\ndata: ${JSON.stringify(shape)}\n\n`;
}

/** A comment: readers pass over it. */
export function comment(text = ''): string {
  return `:${text === '' ? '' : ` ${text}`}\n\n`;
}

const encoder = new TextEncoder();

/**
 * One event: its id is a revision, an offset or an index. It has memory of its own, since many are kept for long: a small Buffer would
 * be a part of a larger one, and keep all of it.
 */
export function frame(id: number, type: string, json: string): Uint8Array {
  return encoder.encode(`id: ${id}\nevent: ${type}\ndata: ${json}\n\n`);
}

function fitting(round: RoundJson | null, most: number): string {
  if (round === null) return 'null';
  const names = (round.tally ?? []).reduce(
    (sum, { agents }) => sum + agents.length + 1,
    round.missing.length,
  );
  const whole = names > roundNames ? null : JSON.stringify(round);
  if (whole !== null && Buffer.byteLength(whole) <= most) return whole;
  return JSON.stringify({ ...round, missing: [], tally: null });
}
