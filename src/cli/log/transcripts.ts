import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../core/types.ts';
import type { Finding } from './finding.ts';

/**
 * What readers of a group's stream got, item by item. All of them must have been shown one order, without gaps, each item once, and
 * no message before the view it was sent in. docs/history-format.md describes the lines.
 */

/** One item as it came; lines of one process and group stand in the order in which it got them. */
export interface HeardRecord {
  readonly process: string;
  readonly op: 'heard';
  readonly group: string;
  /** Null where it was told that what is before `oldest` is no longer kept: it goes on from there. */
  readonly item: ItemSeen | null;
  readonly oldest?: number;
}

/** The fields that are checked of an item; whatever else it has must be the same for all. */
interface ItemSeen {
  readonly offset: number;
  readonly index: number;
  readonly withheld?: true | undefined;
  readonly type?: string | undefined;
  readonly view?: number;
  readonly change?: string;
  readonly agent?: string;
  readonly from?: string;
  readonly body?: Json;
}

/** A message that a process sent, and the answer. */
interface SaidRecord {
  readonly process: string;
  readonly group: string;
  readonly invokedAt: number;
  readonly completedAt: number;
  readonly body?: Json;
  readonly key?: string;
  readonly response: { readonly offset: number; readonly index: number };
}

type Lined<T> = T & { readonly line: number };
type Heard = Lined<HeardRecord>;
type Said = Lined<SaidRecord>;
type Got = Heard & { readonly item: ItemSeen };

export function checkTranscripts(heard: readonly Heard[], said: readonly Said[]): Finding[] {
  const transcripts = [...bySource(heard).values()];
  return [
    ...transcripts.flatMap(inSequence),
    ...transcripts.flatMap(viewsFirst),
    ...oneOrder(heard),
    ...inOrderOfSending(said),
    ...delivered(said, heard),
  ];
}

function bySource<T extends { readonly process: string; readonly group: string }>(
  records: readonly T[],
): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const record of records) {
    const source = JSON.stringify([record.process, record.group]);
    const known = found.get(source);
    if (known === undefined) found.set(source, [record]);
    else known.push(record);
  }
  return found;
}

/** Finds items that came again, and gaps that nobody was told of. */
function inSequence(transcript: readonly Heard[]): Finding[] {
  const findings: Finding[] = [];
  let last: { readonly offset: number; readonly line: number } | null = null;
  for (const { process, group, item, oldest = 1, line } of transcript) {
    const offset = item?.offset ?? oldest - 1;
    if (last !== null && item !== null && offset !== last.offset + 1) {
      const check = offset > last.offset ? 'gap' : 'once';
      const text = `${process} got offset ${offset} of ${group} after ${last.offset}`;
      findings.push({ check, lines: [last.line, line], text });
    }
    last = { offset, line };
  }
  return findings;
}

/** Finds items that name another view than the last one that came, and messages of who was not in it. */
function viewsFirst(transcript: readonly Heard[]): Finding[] {
  const findings: Finding[] = [];
  let start: Heard | null = null;
  let view: Got | null = null;
  const changes = new Map<string, Got>();
  for (const heard of transcript) {
    const { process, item, line } = heard;
    if (item === null) {
      [start, view] = [null, null];
      changes.clear();
      continue;
    }
    start ??= heard;
    const from = start.item?.offset ?? 0;
    if (item.withheld === true) continue;
    const blame = (before: Heard, text: string) =>
      findings.push({ check: 'view-first', lines: [before.line, line], text: `${process} got ${text}` });
    const got = { ...heard, item };
    if (item.type === 'view') {
      view = got;
      changes.set(item.agent ?? '', got);
    }
    const known = view?.item.offset;
    if (known === undefined ? (item.view ?? 0) >= from : item.view !== known)
      blame(view ?? start, `offset ${item.offset} of view ${item.view} in view ${known ?? `before ${from}`}`);
    const change = changes.get(item.from ?? '');
    if (item.type === 'message' && ['left', 'expired'].includes(change?.item.change ?? ''))
      blame(
        change as Got,
        `a message of ${item.from} at ${item.offset}, who had gone at ${change?.item.offset}`,
      );
  }
  return findings;
}

/** Finds offsets at which two readers were shown different items, and items whose order is not that of the log. */
function oneOrder(heard: readonly Heard[]): Finding[] {
  const findings: Finding[] = [];
  const first = new Map<string, Got>();
  const all: Got[] = [];
  for (const one of heard) {
    const { group, item, line } = one;
    if (item === null) continue;
    all.push({ ...one, item });
    const { offset, index, withheld } = item;
    for (const [kind, shown] of Object.entries({ place: index, item: withheld === true ? null : item })) {
      if (shown === null) continue;
      const key = JSON.stringify([group, offset, kind]);
      const known = first.get(key);
      if (known === undefined) first.set(key, { ...one, item });
      else if (!isDeepStrictEqual(kind === 'place' ? known.item.index : known.item, shown))
        findings.push({
          check: 'one-order',
          lines: [known.line, line],
          text: `offset ${offset} of ${group} is not the same ${kind} for ${known.process} and ${one.process}`,
        });
    }
  }
  all.sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : a.item.offset - b.item.offset));
  for (const [i, now] of all.entries()) {
    const before = all[i - 1];
    if (before?.group !== now.group || before.item.index <= now.item.index) continue;
    const text = `offset ${before.item.offset} of ${now.group} is of entry ${before.item.index}, offset ${now.item.offset} of entry ${now.item.index}`;
    findings.push({ check: 'one-order', lines: [before.line, now.line], text });
  }
  return findings;
}

/**
 * Finds messages that stand before one whose answer their sender had before it sent them, and repeats of one key that have two places.
 * A message that was sent again has the place of its first try, so it is left out of the order.
 */
function inOrderOfSending(said: readonly Said[]): Finding[] {
  const findings: Finding[] = [];
  for (const calls of bySource(said).values()) {
    const first = new Map<string, Said>();
    const again = new Set<string>();
    for (const call of calls) {
      const { key, process, group, response, line } = call;
      if (key === undefined) continue;
      const known = first.get(key);
      if (known === undefined) first.set(key, call);
      else again.add(key);
      if (known === undefined || known.response.offset === response.offset) continue;
      const text = `${process} has two messages of key ${key} in ${group}: ${known.response.offset} and ${response.offset}`;
      findings.push({ check: 'once', lines: [known.line, line], text });
    }
    const once = calls.filter(({ key }) => key === undefined || !again.has(key));
    const ended = [...once].sort((a, b) => a.completedAt - b.completedAt);
    let latest: Said | null = null;
    let next = 0;
    for (const call of once.sort((a, b) => a.invokedAt - b.invokedAt)) {
      for (let one = ended[next]; one !== undefined && one.completedAt < call.invokedAt; one = ended[next]) {
        if (latest === null || one.response.offset > latest.response.offset) latest = one;
        next += 1;
      }
      if (latest === null || latest.response.offset < call.response.offset) continue;
      const text = `${call.process} sent ${call.response.offset} after it had the answer ${latest.response.offset}`;
      findings.push({ check: 'fifo', lines: [latest.line, call.line], text });
    }
  }
  return findings;
}

/** Finds messages that have another text where they were heard, or that their own sender could not read. */
function delivered(said: readonly Said[], heard: readonly Heard[]): Finding[] {
  const findings: Finding[] = [];
  const sent = new Map<string, Said[]>();
  const place = (group: string, offset: number): string => JSON.stringify([group, offset]);
  for (const call of said) {
    const calls = sent.get(place(call.group, call.response.offset));
    if (calls === undefined) sent.set(place(call.group, call.response.offset), [call]);
    else calls.push(call);
  }
  for (const { process: reader, group, item, line } of heard) {
    if (item === null) continue;
    for (const { process, body, response, line: sentIn } of sent.get(place(group, item.offset)) ?? []) {
      const isHidden = item.withheld === true;
      const isOther =
        !isHidden && (item.type !== 'message' || (body !== undefined && !isDeepStrictEqual(body, item.body)));
      if (item.index === response.index && !isOther && !(isHidden && reader === process)) continue;
      const text = `what ${process} sent to ${group} as offset ${item.offset} is not what ${reader} got there`;
      findings.push({ check: 'self-delivery', lines: [sentIn, line], text });
    }
  }
  return findings;
}
