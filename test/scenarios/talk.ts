import type { Command } from '../../src/core/entry.ts';
import type { Group } from '../../src/core/group/state.ts';
import type { Message } from '../../src/core/group/stream.ts';
import { canonical } from '../../src/core/json.ts';
import type { AckBy, Json } from '../../src/core/types.ts';
import { explainMessage, viewItem, viewMember } from '../../src/core/view/stream.ts';

/** What a transcript says of messages, and what it shows of streams. */

/** A message or a cursor; null when it is something else. `tokenOf` gives the token that an agent speaks by. */
export function talkIn(
  group: string,
  what: string,
  tokenOf: (agent: string, named: string | undefined) => string | null,
): Command | null {
  const reading = /^(\S+) has read (\d+)(?: by token (\S+))?$/.exec(what);
  if (reading !== null) {
    const [, agent = '', offset, token] = reading;
    return { type: 'set-cursor', group, agent, tokenHash: tokenOf(agent, token), offset: Number(offset) };
  }
  const form =
    /^(\S+) says (.*?)(?: to (\S+))?(?: reply (\d+))?(?: about (\d+))?(?: in view (\d+))?(?: ack (\S+))?(?: key (\S+))?(?: by token (\S+))?$/;
  const said = form.exec(what);
  if (said === null) return null;
  const [, agent = '', body = '', to, replyTo, round, inView, ackBy, key = null, token] = said;
  const number = (name: string, text: string | undefined) =>
    text === undefined ? {} : { [name]: Number(text) };
  return {
    ...{
      type: 'say',
      group,
      tokenHash: tokenOf(agent, token),
      body: canonical(JSON.parse(body) as Json),
      key,
    },
    ...(to === undefined ? {} : { to: to.split(',') }),
    ...{ ...number('replyTo', replyTo), ...number('round', round), ...number('inView', inView) },
    ...(ackBy === undefined ? {} : { ackBy: (Number(ackBy) || ackBy) as AckBy }),
  };
}

/** The items of a stream as one reader sees them, or the manager, one a line. */
export function streamFor(group: Group, reader: string | null, tokenHash: string | null): string[] {
  const items = group.stream.items.map((item) =>
    viewItem(group, item, { tokenHash, isManager: reader === null }),
  );
  return items.map((item) => {
    if ('withheld' in item) return `${item.offset} withheld`;
    const { offset, index: _, revision, at: __, view, type, ...rest } = item;
    return `${offset} ${type} in view ${view} at revision ${revision} ${JSON.stringify(rest)}`;
  });
}

/** Who is in the view that is in force, and from where each reads on. */
export function viewOf({ stream, members }: Group): string[] {
  const live = [...members.values()].filter((member) => member.live);
  return [
    `view ${stream.view}`,
    ...live.map((member) => `${JSON.stringify(viewMember(member))} has read ${member.cursor ?? 'nothing'}`),
  ];
}

export function explained(group: Group, offset: number): string {
  const item = group.stream.at(offset);
  return item?.type === 'message' ? explainMessage(group, item as Message) : 'no message';
}
