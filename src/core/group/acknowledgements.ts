import { limits } from '../limits.ts';
import type { Refusal } from '../result.ts';
import type { AckBy } from '../types.ts';
import type { Context } from './context.ts';
import { refuse } from './refuse.ts';
import type { Group, Member } from './state.ts';
import type { Acknowledgements, Message } from './stream.ts';

/**
 * Which recipients have acknowledged a message: those whose cursor has reached it within the membership that they had when it was
 * sent. It becomes stable when enough have, or impossible when so many are gone that enough never can. [Q9.10]
 *
 * A cursor or a departure looks at the pending messages, never at all members.
 */

/** What a message asks for; null where it asks for nothing, or the refusal where it asks for what can never be. */
export function acknowledgementsAsked(
  group: Group,
  { ackBy, to }: { readonly ackBy?: AckBy | undefined; readonly to: readonly string[] | null },
): Acknowledgements | Refusal | null {
  if (ackBy === undefined) return null;
  const recipients = to?.length ?? group.leases.voters;
  const needed = typeof ackBy === 'number' ? ackBy : ackBy === 'all' ? recipients : majorityOf(recipients);
  if (recipients === 0)
    return refuse('ack-out-of-reach', 'the message has no recipients: no voter is in the view');
  if (needed > recipients)
    return refuse(
      'ack-out-of-reach',
      `the message has ${recipients} recipients, and ${needed} are to acknowledge it`,
    );
  if (group.stream.pending.length >= limits.messagesPending)
    return refuse(
      'limit-reached',
      `${limits.messagesPending} messages of group ${group.name} wait to be acknowledged already`,
    );
  const among = to === null ? null : new Set(to);
  const counts = { acknowledged: 0, gone: 0, acknowledgedBy: [], goneAgents: [] };
  return { state: 'pending', needed, recipients, among, ...counts };
}

function majorityOf(recipients: number): number {
  return Math.floor(recipients / 2) + 1;
}

/** A member's cursor has moved; `from` is where it stood before. */
export function cursorMoved(context: Context, group: Group, member: Member, from: number): void {
  const to = member.cursor as number;
  for (const message of group.stream.pending) {
    if (message.offset <= from || message.offset > to || !isRecipient(message, member)) continue;
    if (message.from !== member.agent) acknowledge(context, group, message, member.agent);
  }
}

/** Who sends a message and is among its recipients has acknowledged it. */
export function sent(context: Context, group: Group, message: Message, sender: Member): void {
  if (isRecipient(message, sender)) acknowledge(context, group, message, sender.agent);
}

/** The membership of an agent has ended: it acknowledges nothing more. */
export function membershipEnded(context: Context, group: Group, member: Member): void {
  for (const message of group.stream.pending) {
    if (!isWaitedFor(message, member)) continue;
    const asked = message.acknowledgements as Acknowledgements;
    asked.gone += 1;
    if (asked.goneAgents.length < limits.acknowledgedNames) asked.goneAgents.push(member.agent);
    if (asked.recipients - asked.gone < asked.needed) settle(context, group, message, 'impossible');
  }
}

function acknowledge(context: Context, group: Group, message: Message, agent: string): void {
  const asked = message.acknowledgements as Acknowledgements;
  asked.acknowledged += 1;
  if (asked.acknowledgedBy.length < limits.acknowledgedNames) asked.acknowledgedBy.push(agent);
  if (asked.acknowledged === asked.needed) settle(context, group, message, 'stable');
}

function settle(context: Context, group: Group, message: Message, state: 'stable' | 'impossible'): void {
  (message.acknowledgements as Acknowledgements).state = state;
  group.stream.settled(message);
  context.streamed.add(group.name);
}

/** Whether a member is a recipient of the message in its present membership, which has not acknowledged it. */
export function isWaitedFor(message: Message, member: Member): boolean {
  if (message.from === member.agent) return false;
  return cursorOf(member) < message.offset && isRecipient(message, member);
}

/** Whether this membership of an agent was in the view of the message, and the message is for it. */
function isRecipient({ offset, acknowledgements }: Message, { agent, role, incarnation }: Member): boolean {
  if (incarnation > offset || acknowledgements === null) return false;
  const { among } = acknowledgements;
  return among === null ? role === 'voter' : among.has(agent);
}

/** Up to where a member has handled the stream: at first, its own view. [Q9.9] */
export function cursorOf({ cursor, incarnation }: Pick<Member, 'cursor' | 'incarnation'>): number {
  return cursor ?? incarnation;
}
