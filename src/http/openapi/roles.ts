import type { ErrorCode } from '../../core/errors.ts';

/**
 * Who may use a route, and with which error all others are refused. The document shows it as `x-access`, and a test asks
 * every route as every role in every kind of group. [Q5]
 */

/** What a caller presents: nothing, a made-up token, a key of the group, the token of another agent or of the agent itself, the administrator's. */
export type Role = 'nobody' | 'stranger' | 'observerKey' | 'joinKey' | 'another' | 'self' | 'admin';

/** The kinds of group: open, with a key, or by invite, on a server without or with an administrator. */
export const rolesIn = {
  open: ['nobody', 'stranger', 'another', 'self'],
  key: ['nobody', 'stranger', 'observerKey', 'joinKey', 'another', 'self'],
  openWithAdmin: ['nobody', 'stranger', 'another', 'self', 'admin'],
  keyWithAdmin: ['nobody', 'stranger', 'observerKey', 'joinKey', 'another', 'self', 'admin'],
  invite: ['nobody', 'stranger', 'observerKey', 'joinKey', 'another', 'self'],
  inviteWithAdmin: ['nobody', 'stranger', 'observerKey', 'joinKey', 'another', 'self', 'admin'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;
export type Kind = keyof typeof rolesIn;

/** `yes`, or the code of the error. */
type Answer = 'yes' | ErrorCode;

export interface AccessClass {
  readonly description: string;
  readonly answers: Readonly<Record<Kind, Readonly<Partial<Record<Role, Answer>>>>>;
}

type Row<Roles extends readonly Role[]> = { readonly [I in keyof Roles]: Answer };
type Rows = { readonly [K in Kind]: Row<(typeof rolesIn)[K]> };
type ByInvite = 'invite' | 'inviteWithAdmin';

/** Groups by invite have the answers of those with a key where nothing is said of them. */
function accessClass(
  description: string,
  said: Omit<Rows, ByInvite> & Partial<Pick<Rows, ByInvite>>,
): AccessClass {
  const rows: Rows = { invite: said.key, inviteWithAdmin: said.keyWithAdmin, ...said };
  const answers = Object.fromEntries(
    (Object.keys(rolesIn) as Kind[]).map((kind) => [
      kind,
      Object.fromEntries(rolesIn[kind].map((role, i) => [role, rows[kind][i] as Answer])),
    ]),
  ) as AccessClass['answers'];
  return { description, answers };
}

const hidden = 'group-not-found';
const needed = 'token-required';
const wrong = 'token-wrong';
const noKey = 'join-key-wrong';
const may = 'may-not-close';
const mayNotWaive = 'may-not-waive';
const mayNotSpend = 'may-not-spend';
const stale = 'stale-fence';
const keyless = 'no-keys';
const unjoined = 'agent-not-found';
const uninvited = 'not-invited';
const inviteless = 'no-invites';
const nobodys = 'no-administrator';
const guessed = 'invite-wrong';
const used = 'invite-used';

/** Each row has one answer for each role of `rolesIn`, in that order. */
export const accessClasses = {
  anyone: accessClass('Whoever reaches the server.', {
    open: ['yes', 'yes', 'yes', 'yes'],
    key: ['yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
    openWithAdmin: ['yes', 'yes', 'yes', 'yes', 'yes'],
    keyWithAdmin: ['yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
  }),
  reader: accessClass(
    'Anybody in an open group; else its agents, holders of a key of it, the administrator.',
    {
      open: ['yes', 'yes', 'yes', 'yes'],
      key: [hidden, hidden, 'yes', 'yes', 'yes', 'yes'],
      openWithAdmin: ['yes', 'yes', 'yes', 'yes', 'yes'],
      keyWithAdmin: [hidden, hidden, 'yes', 'yes', 'yes', 'yes', 'yes'],
    },
  ),
  administrator: accessClass('The administrator, where there is one; else anybody.', {
    open: ['yes', 'yes', 'yes', 'yes'],
    key: ['yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
    openWithAdmin: [needed, wrong, wrong, wrong, 'yes'],
    keyWithAdmin: [needed, wrong, wrong, wrong, wrong, wrong, 'yes'],
  }),
  onlyAdministrator: accessClass('The administrator; where there is none, nobody.', {
    open: [nobodys, nobodys, nobodys, nobodys],
    key: [nobodys, nobodys, nobodys, nobodys, nobodys, nobodys],
    openWithAdmin: [needed, wrong, wrong, wrong, 'yes'],
    keyWithAdmin: [needed, wrong, wrong, wrong, wrong, wrong, 'yes'],
  }),
  manager: accessClass('The administrator, where there is one; else anybody, or holders of the join key.', {
    open: ['yes', 'yes', 'yes', 'yes'],
    key: [hidden, hidden, noKey, 'yes', noKey, noKey],
    openWithAdmin: [needed, wrong, wrong, wrong, 'yes'],
    keyWithAdmin: [needed, wrong, wrong, wrong, wrong, wrong, 'yes'],
  }),
  keyHolder: accessClass('Whoever may manage the group, where it has keys.', {
    open: [keyless, keyless, keyless, keyless],
    key: [hidden, hidden, noKey, 'yes', noKey, noKey],
    openWithAdmin: [needed, wrong, wrong, wrong, keyless],
    keyWithAdmin: [needed, wrong, wrong, wrong, wrong, wrong, 'yes'],
  }),
  closer: accessClass(
    'Whoever may manage the group, and agents whom its mayClose names; here it names none.',
    {
      open: ['yes', 'yes', 'yes', 'yes'],
      key: [hidden, hidden, noKey, 'yes', may, may],
      openWithAdmin: [needed, wrong, may, may, 'yes'],
      keyWithAdmin: [hidden, hidden, wrong, wrong, may, may, 'yes'],
    },
  ),
  waiver: accessClass(
    'Whoever may manage the group, and agents whom its mayWaive names; here it names none.',
    {
      open: ['yes', 'yes', 'yes', 'yes'],
      key: [hidden, hidden, noKey, 'yes', mayNotWaive, mayNotWaive],
      openWithAdmin: [needed, wrong, mayNotWaive, mayNotWaive, 'yes'],
      keyWithAdmin: [hidden, hidden, wrong, wrong, mayNotWaive, mayNotWaive, 'yes'],
    },
  ),
  spender: accessClass(
    'Whoever may manage the group, and agents whom its maySpend names; here it names none.',
    {
      open: ['yes', 'yes', 'yes', 'yes'],
      key: [hidden, hidden, noKey, 'yes', mayNotSpend, mayNotSpend],
      openWithAdmin: [needed, wrong, mayNotSpend, mayNotSpend, 'yes'],
      keyWithAdmin: [hidden, hidden, wrong, wrong, mayNotSpend, mayNotSpend, 'yes'],
    },
  ),
  claimHolder: accessClass('Whoever holds the claim, and who may manage the group; here nobody holds it.', {
    open: [stale, stale, stale, stale],
    key: [hidden, hidden, noKey, stale, stale, stale],
    openWithAdmin: [needed, wrong, stale, stale, stale],
    keyWithAdmin: [hidden, hidden, wrong, wrong, stale, stale, stale],
  }),
  speaker: accessClass('The agent itself, which has joined.', {
    open: [needed, wrong, wrong, 'yes'],
    key: [hidden, hidden, wrong, wrong, wrong, 'yes'],
    openWithAdmin: [needed, wrong, wrong, 'yes', wrong],
    keyWithAdmin: [hidden, hidden, wrong, wrong, wrong, 'yes', wrong],
  }),
  member: accessClass('Any agent that has joined.', {
    open: [needed, unjoined, 'yes', 'yes'],
    key: [hidden, hidden, unjoined, unjoined, 'yes', 'yes'],
    openWithAdmin: [needed, unjoined, 'yes', 'yes', unjoined],
    keyWithAdmin: [hidden, hidden, unjoined, unjoined, 'yes', 'yes', unjoined],
  }),
  remover: accessClass(
    'The agent itself, the administrator or, where there is hidden, holders of the join key.',
    {
      open: [needed, wrong, wrong, 'yes'],
      key: [hidden, hidden, wrong, 'yes', wrong, 'yes'],
      openWithAdmin: [needed, wrong, wrong, 'yes', 'yes'],
      keyWithAdmin: [hidden, hidden, wrong, wrong, wrong, 'yes', 'yes'],
    },
  ),
  newVoice: accessClass(
    'Anybody under a free name in an open group; nobody who has not joined in one with a key, or is not invited.',
    {
      open: ['yes', 'yes', 'yes', 'yes'],
      key: [hidden, hidden, needed, needed, needed, needed],
      openWithAdmin: ['yes', 'yes', 'yes', 'yes', 'yes'],
      keyWithAdmin: [hidden, hidden, needed, needed, needed, needed, needed],
      invite: [hidden, hidden, uninvited, uninvited, uninvited, uninvited],
      inviteWithAdmin: [hidden, hidden, uninvited, uninvited, uninvited, uninvited, uninvited],
    },
  ),
  newcomer: accessClass(
    'Anybody under a free name in an open group; in one with a key holders of its join key; else who is invited.',
    {
      open: ['yes', 'yes', 'yes', 'yes'],
      key: [hidden, hidden, noKey, 'yes', noKey, noKey],
      openWithAdmin: ['yes', 'yes', 'yes', 'yes', 'yes'],
      keyWithAdmin: [hidden, hidden, noKey, 'yes', noKey, noKey, noKey],
      invite: [hidden, hidden, uninvited, uninvited, uninvited, uninvited],
      inviteWithAdmin: [hidden, hidden, uninvited, uninvited, uninvited, uninvited, uninvited],
    },
  ),
  rejoiner: accessClass('The agent itself, whose name is taken for all others.', {
    open: ['agent-taken', 'agent-taken', 'agent-taken', 'yes'],
    key: [hidden, hidden, noKey, 'agent-taken', noKey, 'yes'],
    openWithAdmin: ['agent-taken', 'agent-taken', 'agent-taken', 'yes', 'agent-taken'],
    keyWithAdmin: [hidden, hidden, noKey, 'agent-taken', noKey, 'yes', noKey],
    invite: [hidden, hidden, uninvited, uninvited, uninvited, 'yes'],
    inviteWithAdmin: [hidden, hidden, uninvited, uninvited, uninvited, 'yes', uninvited],
  }),
  absent: accessClass('Nobody: the name has no lease.', {
    open: [unjoined, unjoined, unjoined, unjoined],
    key: [hidden, hidden, unjoined, unjoined, unjoined, unjoined],
    openWithAdmin: [unjoined, unjoined, unjoined, unjoined, unjoined],
    keyWithAdmin: [hidden, hidden, unjoined, unjoined, unjoined, unjoined, unjoined],
  }),
  inviter: accessClass('Whoever may manage the group, where it admits by invite.', {
    open: [inviteless, inviteless, inviteless, inviteless],
    key: [hidden, hidden, noKey, inviteless, noKey, noKey],
    openWithAdmin: [needed, wrong, wrong, wrong, inviteless],
    keyWithAdmin: [needed, wrong, wrong, wrong, wrong, wrong, inviteless],
    invite: [hidden, hidden, noKey, 'yes', noKey, noKey],
    inviteWithAdmin: [needed, wrong, wrong, wrong, wrong, wrong, 'yes'],
  }),
  revoker: accessClass('Nobody: the name was never invited.', {
    open: [inviteless, inviteless, inviteless, inviteless],
    key: [hidden, hidden, noKey, inviteless, noKey, noKey],
    openWithAdmin: [needed, wrong, wrong, wrong, inviteless],
    keyWithAdmin: [needed, wrong, wrong, wrong, wrong, wrong, inviteless],
    invite: [hidden, hidden, noKey, unjoined, noKey, noKey],
    inviteWithAdmin: [needed, wrong, wrong, wrong, wrong, wrong, unjoined],
  }),
  redeemer: accessClass(
    'The agent itself, which has redeemed its invite, where the group admits by invite.',
    {
      open: [guessed, guessed, guessed, guessed],
      key: [guessed, guessed, guessed, guessed, guessed, guessed],
      openWithAdmin: [guessed, guessed, guessed, guessed, guessed],
      keyWithAdmin: [guessed, guessed, guessed, guessed, guessed, guessed, guessed],
      invite: [used, used, used, used, used, 'yes'],
      inviteWithAdmin: [used, used, used, used, used, 'yes', used],
    },
  ),
  guesser: accessClass('Nobody: the name was never invited.', {
    open: [guessed, guessed, guessed, guessed],
    key: [guessed, guessed, guessed, guessed, guessed, guessed],
    openWithAdmin: [guessed, guessed, guessed, guessed, guessed],
    keyWithAdmin: [guessed, guessed, guessed, guessed, guessed, guessed, guessed],
  }),
} as const;

type AccessName = keyof typeof accessClasses;

/** Who may use a route; where the request names an agent, whether that agent has joined makes a difference. */
export type Access = AccessName | { readonly joined: AccessName; readonly free: AccessName };
