import type { Command } from '../entry.ts';
import { byteLength } from '../json.ts';
import { limits } from '../limits.ts';
import type { Refusal, Result } from '../result.ts';
import { acknowledgementsAsked, cursorMoved, cursorOf, sent } from './acknowledgements.ts';
import { type Context, markChanged } from './context.ts';
import { addItem } from './items.ts';
import { holderOf, memberFor, prolong } from './members.ts';
import { notYetOpen, refuse } from './refuse.ts';
import type { Group, Member } from './state.ts';
import type { Mail, Message } from './stream.ts';

/** Messages of a group's members, who may read them, and how far each member has come. [Q9.5] [Q9.9] [Q9.11] */

type Say = Extract<Command, { type: 'say' }>;
type SetCursor = Extract<Command, { type: 'set-cursor' }>;

/** Puts a message into the stream. It does not move the revision. [Q9.2] [Q9.5] */
export function say(context: Context, group: Group, command: Say): Result {
  const { tokenHash, key } = command;
  if (tokenHash === null)
    return refuse('token-required', `only members speak in group ${group.name}: join, and send your token`);
  const sender = holderOf(group, tokenHash);
  if (sender !== null) prolong(context, group, sender);
  const first = key === null ? undefined : group.stream.withKey(tokenHash, key);
  if (first !== undefined) return again(first, command);
  if (sender === null)
    return refuse('agent-not-found', `this token speaks for no live member of group ${group.name}`);
  const to = command.to === undefined ? null : [...new Set(command.to)];
  const wrong = sayRefusal(group, command, to);
  if (wrong !== null) return wrong;
  const acknowledgements = acknowledgementsAsked(group, { ackBy: command.ackBy, to });
  if (acknowledgements !== null && 'ok' in acknowledgements) return acknowledgements;
  const { body, replyTo = null, round = null, ackBy = null } = command;
  const { agent: from, name } = sender;
  const named = name === undefined ? { from } : { from, name };
  const about = { body, to, replyTo, round, ackBy, tokenHash, key, mail: mailTo(group, to) };
  const offset = addItem(context, group, { type: 'message', ...named, ...about, acknowledgements });
  const message = group.stream.at(offset) as Message;
  sent(context, group, message, sender);
  // Whoever talks uses the group. [Q3.17]
  if (group.idleSince !== null) group.idleSince = context.now;
  return said(message, 'said');
}

/** The answer to a request that was sent before: of the same message the first answer. [Q9.6] */
function again(first: Message, { body, to, replyTo, round, ackBy }: Say): Result {
  const isSame =
    first.body === body &&
    first.to?.join() === (to && [...new Set(to)].join()) &&
    first.replyTo === (replyTo ?? null) &&
    first.round === (round ?? null) &&
    first.ackBy === (ackBy ?? null);
  if (isSame) return said(first, 'said-before');
  return refuse('key-reused', `this key came with another message, at offset ${first.offset}`);
}

function said({ offset, view, index }: Message, did: 'said' | 'said-before'): Result {
  return { ok: true, did, offset, view, index };
}

/** Why the message cannot be said, or null. */
function sayRefusal(group: Group, command: Say, to: readonly string[] | null): Refusal | null {
  const { body, replyTo, round, inView, tokenHash } = command;
  const { view } = group.stream;
  // A text has at most three bytes for each of its characters.
  if (body.length * 3 > limits.messageBytes && byteLength(body) > limits.messageBytes)
    return refuse(
      'too-large',
      `the body takes ${byteLength(body)} bytes, the limit is ${limits.messageBytes}`,
    );
  if (inView !== undefined && inView !== view)
    return { ...refuse('view-changed', `view ${view} is in force, not view ${inView}`), view };
  const others = to?.filter((agent) => group.members.get(agent)?.live !== true) ?? [];
  if (others.length > 0)
    return {
      ...refuse('not-in-view', `not in view ${view} of group ${group.name}: ${others.join(', ')}`),
      view,
    };
  if (round !== undefined && round > group.round) return notYetOpen(round, group.round);
  return replyTo === undefined ? null : replyRefusal(group, replyTo, tokenHash);
}

function replyRefusal(group: Group, replyTo: number, tokenHash: string | null): Refusal | null {
  const found = messageAt(group, replyTo);
  if ('ok' in found) return found;
  return mayRead(group, found, { tokenHash, isManager: false }) ? null : noMessage(replyTo);
}

/** The kept message at an offset, or the refusal. */
export function messageAt(group: Group, offset: number): Message | Refusal {
  const { stream } = group;
  if (offset < stream.oldest && offset <= stream.end) return notKept(group, offset);
  const item = stream.at(offset);
  return item?.type === 'message' ? item : noMessage(offset);
}

/** The refusal of who asks for what lies before the oldest item that is kept. [Q9.8] */
export function notKept({ name, stream }: Group, offset: number): Refusal {
  const { oldest, view } = stream;
  const detail = `offset ${offset} of group ${name} is no longer kept: the oldest item is ${oldest}`;
  return { ...refuse('messages-not-kept', detail), oldest, view };
}

/** The same for one that there never was and one that is withheld. [Q9.11] */
function noMessage(offset: number): Refusal {
  return refuse('message-not-found', `there is no message at offset ${offset} that you may read`);
}

/** Who asks to read. */
export interface Reader {
  readonly tokenHash: string | null;
  /** Whether it has shown what only managers of the group have. */
  readonly isManager: boolean;
}

/** Whether a reader is shown what a message says, and not only that there is one. [Q9.11] */
export function mayRead(group: Group, message: Message, { tokenHash, isManager }: Reader): boolean {
  const { mail, from, to } = message;
  if (mail === null || isManager) return true;
  if (tokenHash === null) return false;
  if (tokenHash === message.tokenHash || mail.tokens.includes(tokenHash)) return true;
  if (!mail.byInvite) return false;
  const agent = group.holders.get(tokenHash) ?? '';
  return (
    group.invites.get(agent)?.tokenHash === tokenHash && (agent === from || to?.includes(agent) === true)
  );
}

function mailTo({ members, settings }: Group, to: readonly string[] | null): Mail | null {
  if (to === null) return null;
  const tokens = to.map((agent) => (members.get(agent) as Member).tokenHash);
  return { tokens, byInvite: settings.admission === 'invite' };
}

/** Notes up to where an agent has handled the stream. It never goes back. [Q9.9] */
export function setCursor(context: Context, group: Group, command: SetCursor): Result {
  const { agent, offset } = command;
  const member = memberFor(group, command);
  if ('code' in member) return member;
  prolong(context, group, member);
  const { end } = group.stream;
  if (offset > end)
    return refuse(
      'cursor-ahead',
      `the stream of group ${group.name} ends at offset ${end}, before ${offset}`,
    );
  const before = cursorOf(member);
  const after = Math.max(before, offset);
  // Also one that is where it began: whoever joins again goes on from what it was answered.
  if (member.cursor !== after) {
    member.cursor = after;
    markChanged(context, group);
    cursorMoved(context, group, member, before);
  }
  return { ok: true, did: 'cursor-set', agent, offset: after };
}
