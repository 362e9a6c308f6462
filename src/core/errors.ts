import { limits } from './limits.ts';
import { outcomeEntries } from './outcome-errors.ts';
import type { RefusalCode } from './result.ts';

export interface CatalogueEntry {
  readonly status: number;
  readonly title: string;
  /** What the caller can do about it. */
  readonly fix: string;
}

const entries = {
  'invalid-json': {
    status: 400,
    title: 'The body is not acceptable JSON',
    fix: 'Send one JSON text: no repeated names, no number that needs rounding (send it as a string), no half surrogate pairs.',
  },
  'invalid-value': {
    status: 400,
    title: 'The value cannot be proposed',
    fix: `Send {"value": ...} with any JSON of at most ${limits.valueBytes} bytes (or as many as the rule says) and depth ${limits.valueDepth}, or {"abstain": true}.`,
  },
  'invalid-number': {
    status: 400,
    title: 'The number is missing or not a number',
    fix: 'Send {"number": 7}: any JSON number, not a string.',
  },
  'invalid-name': {
    status: 400,
    title: 'The name is not allowed',
    fix: `Use a-z and 0-9 first, then also . _ -, at most ${limits.nameLength} characters.`,
  },
  'invalid-rule': {
    status: 400,
    title: 'The rule cannot be used',
    fix: 'Change the fields listed in errors.',
  },
  'invalid-request': {
    status: 400,
    title: 'A part of the request is not understood',
    fix: 'See detail: it names the part and what is allowed there.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not sent as plain JSON',
    fix: 'Send the body as it is, not compressed, with the header Content-Type: application/json; many proposals, one a line, as application/x-ndjson.',
  },
  'too-large': {
    status: 413,
    title: 'The request is too large',
    fix: `Send a hash or a link instead of large data: a value has at most ${limits.valueBytes} bytes, or as many as valueBytes of the rule says, the body of a message ${limits.messageBytes}; that of a request, or a line of many, as many as the limit bodyBytes allows. Send what is too much at once in several requests.`,
  },
  'not-found': {
    status: 404,
    title: 'This path does not exist',
    fix: 'Check the path; the routes are listed in the documentation.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This path does not take this method',
    fix: 'Use one of the methods in the Allow header.',
  },
  'group-not-found': {
    status: 404,
    title: 'There is no such group',
    fix: 'Create it with PUT /v1/groups/{group}.',
  },
  'agent-not-found': {
    status: 404,
    title: 'The agent is not in this group now',
    fix: 'Join with PUT /v1/groups/{group}/agents/{agent}. Who is invited is listed by GET /v1/groups/{group}/invites.',
  },
  'round-not-kept': {
    status: 404,
    title: 'The round is no longer kept',
    fix: 'Only the latest rounds are kept: list them with GET /v1/groups/{group}/rounds.',
  },
  'revision-mismatch': {
    status: 412,
    title: 'The group has changed since you read it',
    fix: 'Read the group again and send its new revision in If-Match.',
  },
  'no-open-round': {
    status: 409,
    title: 'No round is open',
    fix: 'Read the outcome, or ask for the next round with POST /v1/groups/{group}/rounds.',
  },
  'group-exhausted': {
    status: 409,
    title: 'The group has used up its rounds',
    fix: 'Raise maxRounds in the rule and ask for the next round, or create another group.',
  },
  'round-closed': {
    status: 409,
    title: 'The round is closed',
    fix: 'Its outcome is in the member round. What is for the open round must name that one: GET /v1/groups/{group}/rounds/open.',
  },
  'round-not-open': {
    status: 409,
    title: 'The round is not open yet',
    fix: 'Name the open round: GET /v1/groups/{group}/rounds/open says which it is.',
  },
  'round-open': {
    status: 409,
    title: 'A round is open already',
    fix: 'Use the one that is open, or close it first.',
  },
  'already-proposed': {
    status: 409,
    title: 'The agent has already proposed in this round',
    fix: 'The first proposal counts, and who has proposed cannot be waived: wait for the outcome, and propose again in the next round.',
  },
  'stale-seq': {
    status: 409,
    title: 'A later proposal is already counted',
    fix: 'Send a seq greater than the member seq of this problem, if this is a change of mind.',
  },
  'not-eligible': {
    status: 403,
    title: 'The agent is not in the electorate',
    fix: 'Name an agent of the electorate who has not been waived, or change the rule for the next round.',
  },
  'not-a-voter': {
    status: 403,
    title: 'Observers do not propose',
    fix: 'Join as a voter under another name.',
  },
  'round-full': {
    status: 409,
    title: 'All seats of this round are taken',
    fix: 'Wait for the round to close and propose in the next one.',
  },
  'electorate-incomplete': {
    status: 409,
    title: 'The round waits for more agents',
    fix: 'Try again once enough agents have joined; watch the group to learn when.',
  },
  'not-a-number': {
    status: 422,
    title: 'The value is not a number',
    fix: 'Propose a number: this group compares within a tolerance.',
  },
  'note-too-long': {
    status: 413,
    title: 'The note is too long',
    fix: `Send a note of at most ${limits.noteLength} characters, fewer where more than ${limits.notesLength / limits.noteLength} agents may propose: detail says how many. Put more into a document and send a link to it.`,
  },
  'not-an-option': {
    status: 422,
    title: 'The round does not offer this value',
    fix: 'Propose one of the options, which the member round lists, or abstain.',
  },
  'no-such-field': {
    status: 422,
    title: 'The value has no such part',
    fix: 'Propose a value with the part that this group compares: the problem says where in the value it is.',
  },
  'key-reused': {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    fix: 'Make a new key for each new request.',
  },
  'agent-taken': {
    status: 409,
    title: 'The name is taken by a live agent',
    fix: 'Use another name, or wait until the lease of the other process has run out. The manager of the group can remove it: DELETE /v1/groups/{group}/agents/{agent}.',
  },
  'role-differs': {
    status: 409,
    title: 'The agent has joined in another role',
    fix: 'Leave first, then join again in the role you want.',
  },
  'token-required': {
    status: 401,
    title: 'A token is needed',
    fix: 'Send Authorization: Bearer <token>, with the token that you got when you joined; to manage groups, with the token of the administrator.',
  },
  'token-wrong': {
    status: 403,
    title: 'This needs another token',
    fix: 'Send the token that detail names. If an agent has lost its token, the manager of the group can remove it: DELETE /v1/groups/{group}/agents/{agent}.',
  },
  'join-key-wrong': {
    status: 403,
    title: 'The join key is wrong',
    fix: "Send the group's join key: the creator of the group has it.",
  },
  'no-keys': {
    status: 409,
    title: 'The group has no keys',
    fix: 'To make it admit by key, send PUT /v1/groups/{group} with "admission": "key": the answer shows its keys.',
  },
  'no-invites': {
    status: 409,
    title: 'The group does not admit by invite',
    fix: 'To make it admit by invite, send PUT /v1/groups/{group} with "admission": "invite".',
  },
  'not-invited': {
    status: 403,
    title: 'The agent is not invited',
    fix: 'Ask whoever manages the group for an invite, and redeem it: POST /v1/groups/{group}/invites/{agent}/redeem.',
  },
  'invite-used': {
    status: 409,
    title: 'The invite has been used',
    fix: 'Send the request again from the program that has used it, which has the token. If that was not you, ask at once for a new invite: it ends the old one.',
  },
  'invite-wrong': {
    status: 403,
    title: 'The invite is not valid',
    fix: 'Look whether the link is whole and for this agent and group. If it is, it was revoked or replaced by a newer one: ask for another.',
  },
  'may-not-close': {
    status: 403,
    title: 'This agent may not close rounds or set their deadlines',
    fix: 'Ask an agent named in mayClose, or the administrator.',
  },
  'deadline-out-of-range': {
    status: 422,
    title: 'The deadline cannot be set to that time',
    fix: 'Name a later time, or an earlier one where detail says that it is too far ahead.',
  },
  'may-not-waive': {
    status: 403,
    title: 'This agent may not waive electors',
    fix: 'Ask an agent named in mayWaive, or the administrator.',
  },
  'cannot-be-waived': {
    status: 409,
    title: 'The elector cannot be waived',
    fix: 'Let the round end by a close or its deadline, or change the rule for the next round.',
  },
  'not-in-view': {
    status: 422,
    title: 'The message names agents that are not in the view',
    fix: 'Address members only: GET /v1/groups/{group}/view lists them. Leave "to" out to speak to everybody.',
  },
  'view-changed': {
    status: 409,
    title: 'Another view is in force',
    fix: 'Read what has changed, GET /v1/groups/{group}/stream, and send it again with the view that the member view of this problem names.',
  },
  'messages-not-kept': {
    status: 410,
    title: 'These messages are no longer kept',
    fix: 'Only the latest are kept. Go on with "after" one less than the member oldest of this problem, or without "after", and take what lies before as lost.',
  },
  'message-not-found': {
    status: 404,
    title: 'There is no such message',
    fix: 'Name the offset of a message that you may read: GET /v1/groups/{group}/messages lists them.',
  },
  'cursor-ahead': {
    status: 422,
    title: 'The cursor is beyond the end of the stream',
    fix: 'Send the offset of the last item that you have handled; if this group was restored or made again, read its stream anew.',
  },
  'ack-out-of-reach': {
    status: 422,
    title: 'So many can never acknowledge the message',
    fix: 'Ask for at most as many as the message has recipients: the agents in "to", else the voters in the view.',
  },
  ...outcomeEntries,
  'limit-reached': {
    status: 409,
    title: 'A limit of this server is reached',
    fix: 'Delete what is no longer needed. Where a round takes no more waivers, let it end by a close or its deadline. Where too many messages wait to be acknowledged, wait until some are, or ask for no acknowledgements.',
  },
  'reserved-name': {
    status: 400,
    title: 'The name is reserved',
    fix: 'Use another name: names that begin with seat- are for anonymous classroom posts.',
  },
  'version-not-active': {
    status: 409,
    title: 'This needs a newer version of the log',
    fix: 'Nothing was done. Put the newest release on every server, then start one of them with --activate: docs/cluster.md, Upgrade.',
  },
  'host-not-allowed': {
    status: 421,
    title: 'This server does not answer for that host',
    fix: 'Use the address the server prints at start, or allow the name with --allow-host.',
  },
  'cross-origin': {
    status: 403,
    title: 'A web page of another origin may not do this',
    fix: 'Send it from a page of this server, or from a program, which sends no Origin. A proxy must pass on the Host header unchanged, with its port (nginx: proxy_set_header Host $http_host).',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    fix: 'Send fewer or shorter headers: GET /v1/info shows the limit headerBytes.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    fix: 'Send headers and body at once: GET /v1/info shows headersTimeout and requestTimeout.',
  },
  overloaded: {
    status: 429,
    title: 'Too many requests at once',
    fix: 'Nothing was done: send it again after the time in Retry-After.',
  },
  stopping: {
    status: 503,
    title: 'The server is stopping',
    fix: 'Nothing was done: send it again to another server, or after the time in Retry-After.',
  },
  'no-quorum': {
    status: 503,
    title: 'The cluster has no majority now',
    fix: 'Send it again after the time in Retry-After; the member outcome says whether it may have been done.',
  },
  'no-space': {
    status: 507,
    title: 'The server has no space left',
    fix: 'Nothing was done. Make space on the disk of the server.',
  },
  behind: {
    status: 503,
    title: 'This server is behind what you have seen',
    fix: 'Nothing was done: send it again, here after the time in Retry-After or to another server.',
  },
  'history-changed': {
    status: 409,
    title: 'This server has another log than the one you have seen',
    fix: 'It was restored from a backup or is another deployment: forget Quorate-Session and all revisions, and read again.',
  },
  'outcome-unknown': {
    status: 503,
    title: 'It is unknown whether this was done',
    fix: 'Send the same request again: repeating it is safe.',
  },
  internal: {
    status: 500,
    title: 'The server made a mistake',
    fix: 'Send it again; if it happens again, report it with the request.',
  },
} satisfies Record<RefusalCode, CatalogueEntry> & Record<string, CatalogueEntry>;

/** What can be refused, and what is found wrong before a command is made or on the way to the log. */
export type ErrorCode = keyof typeof entries;

/**
 * The one catalogue of errors: the texts of all refusals. docs/errors.md is generated from it.
 * A code, once released, keeps its meaning; retired codes are listed below and never used again.
 */
export const catalogue: Readonly<Record<ErrorCode, CatalogueEntry>> = entries;

/** Codes of earlier releases that must not be used again. */
export const retiredCodes: readonly string[] = [];
