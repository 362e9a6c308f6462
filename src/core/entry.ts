import type { AckBy, AgentKind, Canonical, Settings, WebhookFormat, WebhookStates } from './types.ts';

/** What the log holds: entries of commands, as bytes of JSON, so that it can be read by eye and by any language. [Q1.3] */

/** The newest version of entries that this code understands. It writes the one that the log has activated. */
export const entryVersion = 2;

/** The revision a command is meant for; 0: there must be no such group; any: there must be one; null: no matter. [Q3.13] */
export type Expected = number | 'any' | null;

/**
 * What a server asks the log to record. `now` of a command is the time of its entry; a command names its
 * round, except the convenience form (round null) that means the open one.
 */
export type Command =
  | {
      readonly type: 'put-group';
      readonly group: string;
      readonly settings: Settings;
      readonly ifRevision: Expected;
      readonly joinKeyHash: string | null;
      readonly observerKeyHash: string | null;
      /** End the open round, unless somebody has proposed in it under a name, so that the new rule holds at once. */
      readonly atOnce?: true;
    }
  | { readonly type: 'delete-group'; readonly group: string; readonly ifRevision: Expected }
  | {
      readonly type: 'propose';
      readonly group: string;
      readonly round: number | null;
      /** null: an anonymous seat of the classroom interface. */
      readonly agent: string | null;
      readonly value: Canonical | null;
      readonly seq: number | null;
      readonly tokenHash: string | null;
      /** Idempotency-Key: the same key again gives the first answer again. */
      readonly key: string | null;
      /** Text beside the value. [Q4.42] */
      readonly note?: string;
    }
  | {
      readonly type: 'tell';
      readonly group: string;
      readonly reader: string;
      /** Whether the reader has said who it is, and not only asked for the state of an id. */
      readonly identified: boolean;
    }
  /** `round`: which one is asked for, so that asking again opens no other; null: the next. */
  | { readonly type: 'open-round'; readonly group: string; readonly round: number | null }
  | {
      readonly type: 'close-round';
      readonly group: string;
      readonly round: number;
      readonly ifRevision: Expected;
      /** The agent who asks, or null for the administrator. */
      readonly by: string | null;
      readonly tokenHash: string | null;
    }
  | {
      readonly type: 'set-deadline';
      readonly group: string;
      readonly round: number;
      /** A moment, ms since 1970, or ms from log time; null: none. */
      readonly deadline: { readonly at: number } | { readonly after: number } | null;
      readonly ifRevision: Expected;
      /** The agent who asks, or null for whoever manages the group. */
      readonly by: string | null;
      readonly tokenHash: string | null;
    }
  | {
      readonly type: 'waive';
      readonly group: string;
      readonly round: number;
      readonly agent: string;
      readonly reason: string;
      /** The agent who asks, or null for whoever manages the group. */
      readonly by: string | null;
      readonly tokenHash: string | null;
    }
  | {
      readonly type: 'join';
      readonly group: string;
      readonly agent: string;
      /** null: what the agent is already, or else a voter. */
      readonly role: 'voter' | 'observer' | null;
      readonly ttl: number;
      /** The same instance of an agent always has the same token, so its own retry is told from a second instance. */
      readonly tokenHash: string;
      readonly joinKeyHash: string | null;
      /** What the agent is shown as. [Q5.13] */
      readonly name?: string;
      readonly kind?: AgentKind;
    }
  | {
      readonly type: 'renew' | 'leave';
      readonly group: string;
      readonly agent: string;
      readonly tokenHash: string | null;
    }
  | {
      readonly type: 'remove-agent';
      readonly group: string;
      readonly agent: string;
      /** Of the join key that the caller manages the group by; null for the administrator. */
      readonly byKeyHash: string | null;
    }
  | {
      readonly type: 'put-keys';
      readonly group: string;
      readonly joinKeyHash: string;
      readonly observerKeyHash: string;
      /** Of the join key that the group had when the caller was let through: of several puts of keys at once, one wins. */
      readonly inPlaceOf: string | null;
    }
  | {
      readonly type: 'put-invite';
      readonly group: string;
      readonly agent: string;
      /** What the agent is shown as. [Q5.13] */
      readonly name?: string;
      readonly kind?: AgentKind;
      readonly role: 'voter' | 'observer';
      readonly secretHash: string;
      /** Of the join key that the caller manages the group by; null for the administrator. */
      readonly byKeyHash: string | null;
    }
  | {
      readonly type: 'redeem';
      readonly group: string;
      readonly agent: string;
      readonly secretHash: string;
      /** The same instance always has the same token, so its own retry is told from another instance. */
      readonly tokenHash: string;
    }
  | {
      readonly type: 'revoke-invite';
      readonly group: string;
      readonly agent: string;
      readonly byKeyHash: string | null;
    }
  | {
      readonly type: 'say';
      readonly group: string;
      /** The sender is whoever it speaks for. */
      readonly tokenHash: string | null;
      readonly body: Canonical;
      /** Idempotency-Key: the same key under the same token gives the first answer again. [Q9.6] */
      readonly key: string | null;
      /** Names in the view; left out where the message is for everybody. [Q9.11] */
      readonly to?: readonly string[];
      /** The offset of another message. */
      readonly replyTo?: number;
      readonly round?: number;
      /** The view that must be in force. */
      readonly inView?: number;
      readonly ackBy?: AckBy;
    }
  | {
      readonly type: 'set-cursor';
      readonly group: string;
      readonly agent: string;
      readonly tokenHash: string | null;
      /** Of the last item that is handled. [Q9.9] */
      readonly offset: number;
    }
  | {
      readonly type: 'claim';
      readonly group: string;
      readonly round: number;
      /** The run that asks, as it names itself: the same one again is the same request. [Q10.2] */
      readonly holder: string;
      /** How long the claim is held without a renewal, ms. */
      readonly lease: number;
      /** What must be decided, and about which subject. [Q10.4] */
      readonly value?: Canonical;
      readonly subjectHash?: string;
      /** The agent who asks, or null for whoever manages the group. */
      readonly by: string | null;
      readonly tokenHash: string | null;
    }
  | ({ readonly type: 'renew-claim' } & ClaimUse)
  | ({ readonly type: 'give-back-claim' } & ClaimUse)
  | ({ readonly type: 'spend-claim'; readonly result: Canonical } & ClaimUse)
  | {
      readonly type: 'put-webhook';
      readonly group: string | null;
      readonly id: string;
      readonly url: string;
      /** How the rounds must end that it is told of. */
      readonly states: WebhookStates;
      readonly format: WebhookFormat;
      readonly byKeyHash: string | null;
      /** Of a webhook that is there already: keeps the secret that it has. */
      readonly keepSecret: boolean;
      /** Last, so that what is cut off behind a few words of a command does not show it. */
      readonly secret: string;
    }
  | ({ readonly type: 'delete-webhook' } & WebhookUse)
  /** `key`: Idempotency-Key, the same one again is the same test. */
  | ({ readonly type: 'test-webhook'; readonly key: string | null } & WebhookUse)
  | ({ readonly type: 'replay-delivery'; readonly number: number } & WebhookUse)
  | {
      /** Who delivers from now on, for as long as the lease lasts. [Q11.7] */
      readonly type: 'take-deliveries';
      /** The process that asks, under a name that no other has. */
      readonly server: string;
      /** ms. */
      readonly lease: number;
    }
  | ({ readonly type: 'delivered' } & Attempt)
  | ({
      readonly type: 'delivery-failed';
      /** Why, in words or as a status. */
      readonly error: string;
      /** How long, ms, the receiver asks to wait; null: it has not said. */
      readonly retryAfter: number | null;
      /** Whether the receiver wants nothing any more: this ends the webhook. */
      readonly gone: boolean;
    } & Attempt)
  | { readonly type: 'tick' }
  /** From the next entry on, entries may be of this version. */
  | { readonly type: 'activate'; readonly version: number };

/** What a holder does with its claim. [Q10.5] */
interface ClaimUse {
  readonly group: string;
  readonly round: number;
  readonly fence: number;
  /** The agent who asks, or null for whoever manages the group. */
  readonly by: string | null;
  readonly tokenHash: string | null;
}

/** What a manager does with a webhook: of a group, or, where `group` is null, of the server. [Q11.1] */
interface WebhookUse {
  readonly group: string | null;
  readonly id: string;
  /** Of the join key that the caller manages the group by; null for the administrator. */
  readonly byKeyHash: string | null;
}

/** One attempt to deliver, which has ended. [Q11.6] */
interface Attempt {
  readonly group: string | null;
  readonly id: string;
  /** `made` of the webhook: one that was made anew under the id is another. */
  readonly made: number;
  /** Of the delivery. */
  readonly number: number;
  /** Which attempt it was, from 1: the same report again changes nothing. */
  readonly attempt: number;
  /** Under which the server delivers. */
  readonly fence: number;
}

/** Settings of a rule that version 1 does not have. */
const newIn2 = ['options', 'wins', 'deadlineFrom', 'decide', 'valueBytes'];

/**
 * The version of the log that a command needs: an older server would stop at it, or do something else. A server refuses it until the
 * log has activated that version. [Q1.11]
 */
export function versionOf(command: Command): number {
  switch (command.type) {
    case 'put-group':
      return hasOnlyVersion1(command.settings) ? 1 : 2;
    case 'propose':
      return command.note === undefined ? 1 : 2;
    case 'join':
      return command.name === undefined && command.kind === undefined ? 1 : 2;
    case 'set-deadline':
    case 'waive':
    case 'put-invite':
    case 'redeem':
    case 'revoke-invite':
    case 'say':
    case 'set-cursor':
    case 'claim':
    case 'renew-claim':
    case 'spend-claim':
    case 'give-back-claim':
    case 'put-webhook':
    case 'delete-webhook':
    case 'test-webhook':
    case 'replay-delivery':
    case 'take-deliveries':
    case 'delivered':
    case 'delivery-failed':
      return 2;
    default:
      return 1;
  }
}

/** Whether version 1 of the log has all of these settings, with these values. */
function hasOnlyVersion1({ rule, admission, ...settings }: Settings): boolean {
  if (newIn2.some((name) => name in rule) || typeof rule.floor !== 'number') return false;
  if (!['open', 'key'].includes(admission)) return false;
  if ('mayWaive' in settings || 'maySpend' in settings) return false;
  if (settings.retention?.messages !== undefined) return false;
  if (typeof rule.equality === 'string') return true;
  const { electorate } = rule;
  // Of the other equalities it has a tolerance alone, and not in a mixed electorate.
  return (
    Object.keys(rule.equality).join() === 'tolerance' &&
    !('all' in electorate || 'any' in electorate || 'atLeast' in electorate)
  );
}

/** One entry of the log: commands in order, stamped by the server that wrote them. */
export interface Entry {
  readonly version: number;
  /** Random name of the writing process, and its own count of entries: together they name the entry. */
  readonly writer: string;
  readonly serial: number;
  /** Name of the server, the same when it starts again: whose clock this is. */
  readonly server: string;
  /** What its clock shows, ms since 1970. */
  readonly time: number;
  /** How far log time has run on by now, as the server reckons from the entries before by a clock that nobody sets; ms. */
  readonly reckoned: number;
  /** Whether no other server is there that could confirm this clock. */
  readonly alone: boolean;
  /** Randomness for everything this entry decides, so that apply needs none of its own. */
  readonly seed: number;
  readonly commands: readonly Command[];
}

/** What a newer release wrote and this one does not understand. It must stop there; nothing is wrong with the log. [Q1.11] */
export class Newer extends Error {
  override readonly name = 'Newer';
}

/** Puts an entry together from its header and the JSON texts of its commands. */
export function encodeEntry(header: Omit<Entry, 'commands'>, commands: readonly string[]): Uint8Array {
  const { version, writer, serial, server, time, reckoned, alone, seed } = header;
  const names = `"version":${version},"writer":${json(writer)},"serial":${serial},"server":${json(server)}`;
  const numbers = `"time":${time},"reckoned":${reckoned},"alone":${alone},"seed":${seed}`;
  return encoder.encode(`{${names},${numbers},"commands":[${commands.join(',')}]}`);
}

/** The JSON text of a command. Proposals, nearly all of what there is, are written out: JSON.stringify takes three times as long. */
export function encodeCommand(command: Command): string {
  if (command.type !== 'propose') return JSON.stringify(command);
  const { group, round, agent, value, seq, tokenHash, key, note } = command;
  // Most have none of these, and each piece of a text costs memory until it is joined.
  const rest =
    seq === null && tokenHash === null && key === null && note === undefined
      ? ',"seq":null,"tokenHash":null,"key":null}'
      : `,"seq":${seq},"tokenHash":${json(tokenHash)},"key":${json(key)}${note === undefined ? '' : `,"note":${json(note)}`}}`;
  return `{"type":"propose","group":${json(group)},"round":${round},"agent":${json(agent)},"value":${json(value)}${rest}`;
}

function json(text: string | null): string {
  if (text === null) return 'null';
  return isPlain(text) ? `"${text}"` : JSON.stringify(text);
}

/** Whether each character stands for itself in a JSON string: printable ASCII without quotes and backslashes. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c < 0x20 || c > 0x7e || c === 0x22 || c === 0x5c) return false;
  }
  return true;
}

/** Throws on bytes that are no entry: the log is damaged or foreign. */
export function decodeEntry(bytes: Uint8Array): Entry {
  const entry = JSON.parse(decoder.decode(bytes)) as Entry;
  if (typeof entry !== 'object' || entry === null || !Array.isArray(entry.commands))
    throw new Error('not an entry');
  // Without these log time would be no number, and nothing would run out any more.
  if (!Number.isFinite(entry.time) || !Number.isFinite(entry.reckoned))
    throw new Error('not an entry of this version: it has no time');
  return entry;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
