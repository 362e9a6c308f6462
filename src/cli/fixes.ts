import type { QuorateError } from '../client/index.ts';

/** Fixes in terms of commands, by error code, for errors whose own fix speaks of HTTP or of JSON. */
const fixes: Readonly<Record<string, string>> = {
  'invalid-value':
    'write the value as JSON of at most 4,096 bytes, or as many as the group allows, and at most 16 levels deep; or --abstain',
  'invalid-rule': 'change what is listed above: quorate group create --help says what it may be',
  'invalid-request': 'change the part that is named above',
  'too-large':
    'send a hash or a link in place of large data, or a message in parts; a group can allow longer values: quorate group create --value-bytes',
  'invalid-number': 'draw whole numbers: --min and --max',
  'unsupported-media-type': 'check that the address is that of the server itself: --url',
  'method-not-allowed': 'check that the address is that of the server itself: --url',
  'not-found': 'check --url; an older server may not know this command',
  'group-not-found':
    'check the name, or make it: quorate group create; a group that admits by key or invite is seen only with a token of its own: --token-file, --token or QUORATE_TOKEN',
  'agent-not-found': 'join again: quorate join; who is invited, quorate invite lists',
  'agent-taken':
    'use another name; if it is yours, give its token with --token-file, --token or QUORATE_TOKEN, or wait until its lease has run out; or remove it: quorate agents remove',
  'no-keys': 'have it admit by key: quorate group create --admission key',
  'no-invites': 'have it admit by invite: quorate group create --admission invite',
  'not-invited': 'ask who manages the group to invite the agent: quorate invite',
  'round-not-kept': 'only the latest rounds are kept: quorate rounds',
  'revision-mismatch': 'look at it again: quorate group show',
  'no-open-round': 'open the next: quorate open',
  'group-exhausted': 'allow more rounds, then open the next: quorate group create --max-rounds, quorate open',
  'round-closed': 'see how it ended with quorate rounds, and name the open round',
  'round-not-open': 'name the open round, or leave out --round: quorate rounds shows which it is',
  'stale-seq': 'leave out --seq, or give it a greater number than last time',
  'not-an-option': 'propose one of the options named above, or --abstain',
  'no-such-field': 'propose a value that has the part named above',
  'note-too-long': 'write a shorter note, or put it into a document and send a link to it',
  'key-reused': 'send it once more',
  'token-required': 'give the token with --token-file, --token or QUORATE_TOKEN',
  'token-wrong':
    'give the token that this needs with --token-file, --token or QUORATE_TOKEN; an agent whose own is lost: quorate agents remove',
  'join-key-wrong': 'give the join key of the group with --join-key or QUORATE_JOIN_KEY',
  'may-not-close': 'ask an agent that may close rounds (--may-close), or the administrator',
  'may-not-waive': 'ask an agent that may waive electors (--may-waive), or the administrator',
  'deadline-out-of-range':
    'name a later time, or an earlier one where the line above says that it is too far ahead',
  'invite-used':
    'vote from the machine that has used the link; if that was not you, ask at once for a new one: it ends the old',
  'not-in-view': 'name members only: quorate view lists them; without --to it is for all',
  'view-changed': 'look at who is there now, and name that view: quorate view',
  'messages-not-kept':
    'take what lies before as lost, and go on with quorate listen --after, one less than the oldest item named above',
  'message-not-found': 'name the offset of a message that you may read: quorate listen',
  'cursor-ahead': 'the group was restored or made again: begin anew with quorate listen, without --after',
  'no-decision':
    'wait until it is decided: quorate wait; where the round has failed, open the next: quorate open',
  superseded: 'look at what was decided last: quorate rounds; and act on that, if on anything',
  'webhook-not-found': 'see which there are: quorate webhook list',
  'webhooks-off': 'start the server with the host that they may go to: quorate server --webhook-allow HOST',
  'webhook-not-allowed':
    'use a host that the server allows, or start it with this one too: quorate server --webhook-allow HOST:PORT',
  'no-administrator':
    'start the server with --admin-token-file, and give that token with --token-file, --token or QUORATE_TOKEN',
  'webhook-disabled': 'its receiver wants nothing any more; put it again to enable it: quorate webhook put',
  'delivery-not-found': 'see which are kept: quorate webhook show',
  claimed: 'wait until it is done, or until the time named above',
  spent: 'do not act on it again: it has been done',
  'ack-out-of-reach': 'ask for fewer with --ack-by, or name those it is for with --to',
  'cross-origin': 'check --url, and look for a proxy in between',
  'headers-too-large': 'use a shorter token',
  'request-timeout': 'try again',
  overloaded: 'nothing was done: try again in a while',
  stopping: 'nothing was done: try another server, or again in a while',
  'no-quorum': 'try again in a while; whether it was done can be seen with quorate rounds',
  behind: 'nothing was done: try again in a while, or another server',
  'outcome-unknown': 'run the command again: repeating it is safe',
  internal: 'run the command again; if it happens again, report what you did',
  'history-changed': 'the server was restored from a backup or is another one: look at the group again',
};

/** Words that a user of the command line need not know. */
export const speaksHttp =
  /\b(GET|PUT|POST|PATCH|DELETE) ?(\/|\{)|\/v1\/|If-Match|Authorization|Content-Type|Retry-After|Idempotency|Quorate-|Origin|headers?\b|\bmember\b|\{"|\broutes?\b|Allow\b|in errors\b|\bdetail\b|the (?:problem|(?:same )?request)\b|[a-z](?:Close|Waive|Rounds|Bytes)\b/;

/** The fix of an error for a user of the command line. */
export function fixOf(error: QuorateError): string {
  return speaksHttp.test(error.fix)
    ? (fixes[error.code] ?? 'quorate --help lists what can be done')
    : error.fix;
}
