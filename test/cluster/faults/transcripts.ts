import { isDeepStrictEqual } from 'node:util';
import type { CallRecord } from '../../../src/cli/log/history.ts';
import { checkHistory } from '../../../src/cli/log/history-check.ts';
import type { HeardRecord } from '../../../src/cli/log/transcripts.ts';
import { transportOf } from '../../../src/client/connect.ts';
import { connect } from '../../../src/client/index.ts';
import type { TalkRecord } from './talk.ts';

/** Twelve: all agents of an episode. */
const memberCount = 12;

/**
 * What is wrong with what the members of one group said and heard, when all have heard all there is: each must have the whole of
 * one stream, which every server shows as well, and in it each message that was acknowledged, once.
 */
export function wrongInTalk(
  records: readonly TalkRecord[],
  servers: readonly (readonly object[])[],
): string[] {
  const heard = records.filter((one): one is HeardRecord => 'item' in one);
  const said = records.filter((one): one is CallRecord => !('item' in one));
  const found = checkHistory(records.map((one, i) => ({ ...one, line: i + 1 }))).map(
    ({ check, text }) => `talk: ${check}: ${text}`,
  );
  const [whole = []] = servers;
  for (const [server, items] of servers.entries())
    if (!isDeepStrictEqual(items, whole)) found.push(`talk: server ${server} shows another stream`);
  const members = new Set(said.map((one) => one.process));
  if (members.size !== memberCount) found.push(`talk: only ${[...members]} said anything`);
  for (const member of members) {
    const items = heard.filter((one) => one.process === member).map(({ item }) => item);
    if (!isDeepStrictEqual(items, whole))
      found.push(`talk: ${member} heard ${items.length} items, other than the ${whole.length} there are`);
  }
  return [...found, ...onceEach(said, whole as readonly Message[])];
}

/** The stream of the group as each server shows it; then the group is removed. */
export async function streamsOf(urls: readonly string[], group: string): Promise<object[][]> {
  const query = { limit: 10_000 };
  const call = { method: 'GET', path: `/v1/groups/${group}/stream`, query, deadline: 10_000 } as const;
  const shown = await Promise.all(urls.map((url) => transportOf({ url }).send<{ items: object[] }>(call)));
  await connect({ urls }).group(group).delete({ deadline: 10_000 });
  return shown.map(({ body }) => body.items);
}

interface Message {
  readonly offset: number;
  readonly type: string;
  readonly from?: string;
  readonly body?: unknown;
}

/** Acknowledged messages are there, once; the others once at most; and nothing else is. */
function onceEach(said: readonly CallRecord[], items: readonly Message[]): string[] {
  const found: string[] = [];
  for (const { response, key } of said)
    if (response?.code !== undefined) found.push(`talk: ${key} ended with ${response.code}`);
  const bodies = new Map(said.map((one) => [one.body as unknown, one]));
  const seen = new Set<unknown>();
  for (const { type, offset, body } of items) {
    if (type !== 'message') continue;
    const one = bodies.get(body);
    if (one === undefined) found.push(`talk: nobody said ${JSON.stringify(body)}, at ${offset}`);
    else if (seen.has(body)) found.push(`talk: ${one.key} is there twice, again at ${offset}`);
    else if (one.response?.offset !== offset)
      found.push(`talk: ${one.key} is at ${offset}, its answer says ${one.response?.offset}`);
    seen.add(body);
  }
  for (const { body, key, response } of said)
    if (!seen.has(body) && response?.code === undefined) found.push(`talk: the acknowledged ${key} is lost`);
  return found;
}
