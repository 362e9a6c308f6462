import { isWaitedFor } from '../group/acknowledgements.ts';
import { mayRead, type Reader } from '../group/messages.ts';
import type { Group, Member } from '../group/state.ts';
import type { Acknowledgements, Item, Message } from '../group/stream.ts';
import { limits } from '../limits.ts';
import type { AgentKind, Canonical, Json } from '../types.ts';
import type {
  AcknowledgementsJson,
  ItemJson,
  MemberJson,
  SomeAgentsJson,
  StabilityJson,
  WithheldJson,
} from './json-types.ts';

/** What readers are shown of a group's stream. Whether an addressed message is withheld is decided here and nowhere else. [Q9.11] */

/** An item as this reader sees it. */
export function viewItem(group: Group, item: Item, reader: Reader): ItemJson {
  if (isWithheld(group, item, reader)) return viewWithheld(item);
  return viewWhole(item);
}

export function isWithheld(group: Group, item: Item, reader: Reader): boolean {
  return item.type === 'message' && !mayRead(group, item, reader);
}

export function viewWithheld({ offset, index }: Item): WithheldJson {
  return { offset, index, withheld: true };
}

/** An item as those see it who may read it. */
export function viewWhole(item: Item): ItemJson {
  const { offset, index, view, revision, type } = item;
  const at = new Date(item.at).toISOString();
  // Each begins with what all have, spelt out: a literal that begins with a spread takes fifty times as long to make.
  switch (type) {
    case 'view': {
      const { change, agent, name, kind, role, incarnation } = item;
      const shown = shownAs(name, kind);
      return { offset, index, view, revision, type, at, change, agent, ...shown, role, incarnation };
    }
    case 'round-opened':
      return { offset, index, view, revision, type, at, round: item.round };
    case 'round-closed': {
      const { round, state, reason } = item;
      const value = item.value === null ? null : parsed(item.value);
      return { offset, index, view, revision, type, at, round, state, reason, value };
    }
    case 'message': {
      const { from, name, to, replyTo, round, ackBy } = item;
      const body = parsed(item.body);
      return {
        offset,
        index,
        view,
        revision,
        type,
        at,
        from,
        ...shownAs(name),
        body,
        to,
        replyTo,
        round,
        ackBy,
      };
    }
  }
}

/** What an agent is shown as: of its name and kind those that it has. [Q5.13] */
export function shownAs(
  name: string | undefined,
  kind?: AgentKind,
): { readonly name?: string; readonly kind?: AgentKind } {
  return { ...(name !== undefined && { name }), ...(kind !== undefined && { kind }) };
}

function parsed(value: Canonical): Json {
  return JSON.parse(value) as Json;
}

export function viewMember({ agent, name, kind, role, incarnation }: Member): MemberJson {
  return { agent, ...shownAs(name, kind), role, incarnation };
}

/** How far a message is acknowledged. [Q9.10] */
export function viewStability(group: Group, message: Message): StabilityJson {
  const { ackBy, acknowledgements: asked } = message;
  if (asked === null || ackBy === null) return { stability: null, acknowledgements: null };
  const { state, needed, recipients, acknowledged, gone } = asked;
  const acknowledgements: AcknowledgementsJson = {
    ackBy,
    needed,
    recipients,
    acknowledged: { count: acknowledged, agents: [...asked.acknowledgedBy] },
    waiting: { count: recipients - acknowledged - gone, agents: waitingFor(group, message, asked) },
    gone: { count: gone, agents: [...asked.goneAgents] },
  };
  return { stability: state, acknowledgements };
}

/** The first recipients, in the order in which they joined, that may still acknowledge the message. */
function waitingFor({ members }: Group, message: Message, { among }: Acknowledgements): string[] {
  const waiting: string[] = [];
  const consider = (member: Member | undefined): void => {
    if (member?.live === true && isWaitedFor(message, member)) waiting.push(member.agent);
  };
  if (among !== null) for (const agent of among) consider(members.get(agent));
  else
    for (const member of members.values()) {
      if (waiting.length === limits.acknowledgedNames) break;
      consider(member);
    }
  return waiting;
}

/** One sentence: how far the message is acknowledged, and by whom it is not. [Q9.10] */
export function explainMessage(group: Group, message: Message): string {
  const { acknowledgements } = viewStability(group, message);
  const what = `Message ${message.offset}`;
  if (message.acknowledgements === null || acknowledgements === null)
    return `${what} is durable, and asks for no acknowledgements.`;
  const { state } = message.acknowledgements;
  const { needed, recipients, acknowledged, waiting, gone } = acknowledgements;
  const have = `${acknowledged.count} of ${recipients} recipients have acknowledged it, ${needed} are needed`;
  const who = [
    ...(acknowledged.count === 0 ? [] : [`acknowledged by ${listOf(acknowledged)}`]),
    ...(state !== 'pending' ? [] : [`waiting for ${listOf(waiting)}`]),
    ...(gone.count === 0 ? [] : [`gone before they had: ${listOf(gone)}`]),
  ];
  return `${[`${what} is ${state === 'impossible' ? 'impossible, for ever' : state}: ${have}`, ...who].join('; ')}.`;
}

/** At most five names, and how many others there are. */
function listOf({ count, agents }: SomeAgentsJson): string {
  const some = agents.slice(0, 5);
  const more = count - some.length;
  return more > 0 ? `${some.join(', ')} and ${more} more` : some.join(', ');
}
