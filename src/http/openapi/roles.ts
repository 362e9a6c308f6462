import type { ErrorCode } from '../../core/errors.ts';

/**
 * Who gets through at a route, and with which error the others are refused. The document shows it as `x-access`, and a test
 * asks every route as every role in every kind of group. [Q5]
 */

/** What somebody presents: nothing, a token nobody gave, a key of the group, the token of an agent, the administrator's. */
export type Role = 'nobody' | 'stranger' | 'observerKey' | 'joinKey' | 'another' | 'self' | 'admin';

/** The kinds of group: open or with a key, on a server without or with an administrator. */
export const rolesIn = {
  open: ['nobody', 'stranger', 'another', 'self'],
  key: ['nobody', 'stranger', 'observerKey', 'joinKey', 'another', 'self'],
  openWithAdmin: ['nobody', 'stranger', 'another', 'self', 'admin'],
  keyWithAdmin: ['nobody', 'stranger', 'observerKey', 'joinKey', 'another', 'self', 'admin'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;
export type Kind = keyof typeof rolesIn;

/** `yes`, or the code of the refusal. */
export type Verdict = 'yes' | ErrorCode;

export interface AccessClass {
  readonly description: string;
  readonly verdicts: Readonly<Record<Kind, Readonly<Partial<Record<Role, Verdict>>>>>;
}

type Row<Roles extends readonly Role[]> = { readonly [I in keyof Roles]: Verdict };
type Rows = { readonly [K in Kind]: Row<(typeof rolesIn)[K]> };

function declared(description: string, rows: Rows): AccessClass {
  const verdicts = Object.fromEntries(
    (Object.keys(rolesIn) as Kind[]).map((kind) => [
      kind,
      Object.fromEntries(rolesIn[kind].map((role, i) => [role, rows[kind][i] as Verdict])),
    ]),
  ) as AccessClass['verdicts'];
  return { description, verdicts };
}

const none = 'group-not-found';
const needed = 'token-required';
const wrong = 'token-wrong';
const noKey = 'join-key-wrong';
const may = 'may-not-close';
const keyless = 'no-keys';

/** Rows in the order of `rolesIn`. */
export const accessClasses = {
  anyone: declared('Whoever reaches the server.', {
    open: ['yes', 'yes', 'yes', 'yes'],
    key: ['yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
    openWithAdmin: ['yes', 'yes', 'yes', 'yes', 'yes'],
    keyWithAdmin: ['yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
  }),
  reader: declared('Anybody in an open group; else its agents, holders of a key of it, the administrator.', {
    open: ['yes', 'yes', 'yes', 'yes'],
    key: [none, none, 'yes', 'yes', 'yes', 'yes'],
    openWithAdmin: ['yes', 'yes', 'yes', 'yes', 'yes'],
    keyWithAdmin: [none, none, 'yes', 'yes', 'yes', 'yes', 'yes'],
  }),
  administrator: declared('The administrator, where there is one; else anybody.', {
    open: ['yes', 'yes', 'yes', 'yes'],
    key: ['yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
    openWithAdmin: [needed, wrong, wrong, wrong, 'yes'],
    keyWithAdmin: [needed, wrong, wrong, wrong, wrong, wrong, 'yes'],
  }),
  manager: declared('The administrator, where there is one; else anybody, or holders of the join key.', {
    open: ['yes', 'yes', 'yes', 'yes'],
    key: [none, none, noKey, 'yes', noKey, noKey],
    openWithAdmin: [needed, wrong, wrong, wrong, 'yes'],
    keyWithAdmin: [needed, wrong, wrong, wrong, wrong, wrong, 'yes'],
  }),
  keyHolder: declared('Whoever may manage the group, where it has keys.', {
    open: [keyless, keyless, keyless, keyless],
    key: [none, none, noKey, 'yes', noKey, noKey],
    openWithAdmin: [needed, wrong, wrong, wrong, keyless],
    keyWithAdmin: [needed, wrong, wrong, wrong, wrong, wrong, 'yes'],
  }),
  closer: declared('Whoever may manage the group, and agents whom its mayClose names; here it names none.', {
    open: ['yes', 'yes', 'yes', 'yes'],
    key: [none, none, noKey, 'yes', may, may],
    openWithAdmin: [needed, wrong, may, may, 'yes'],
    keyWithAdmin: [none, none, wrong, wrong, may, may, 'yes'],
  }),
  speaker: declared('The agent itself, which has joined.', {
    open: [needed, wrong, wrong, 'yes'],
    key: [none, none, wrong, wrong, wrong, 'yes'],
    openWithAdmin: [needed, wrong, wrong, 'yes', wrong],
    keyWithAdmin: [none, none, wrong, wrong, wrong, 'yes', wrong],
  }),
  remover: declared('The agent itself, the administrator or, where there is none, holders of the join key.', {
    open: [needed, wrong, wrong, 'yes'],
    key: [none, none, wrong, 'yes', wrong, 'yes'],
    openWithAdmin: [needed, wrong, wrong, 'yes', 'yes'],
    keyWithAdmin: [none, none, wrong, wrong, wrong, 'yes', 'yes'],
  }),
  newVoice: declared(
    'Anybody under a free name in an open group; nobody who has not joined in one with a key.',
    {
      open: ['yes', 'yes', 'yes', 'yes'],
      key: [none, none, needed, needed, needed, needed],
      openWithAdmin: ['yes', 'yes', 'yes', 'yes', 'yes'],
      keyWithAdmin: [none, none, needed, needed, needed, needed, needed],
    },
  ),
  newcomer: declared('Anybody under a free name in an open group; else holders of its join key.', {
    open: ['yes', 'yes', 'yes', 'yes'],
    key: [none, none, noKey, 'yes', noKey, noKey],
    openWithAdmin: ['yes', 'yes', 'yes', 'yes', 'yes'],
    keyWithAdmin: [none, none, noKey, 'yes', noKey, noKey, noKey],
  }),
  rejoiner: declared('The agent itself, whose name is taken for all others.', {
    open: ['agent-taken', 'agent-taken', 'agent-taken', 'yes'],
    key: [none, none, noKey, 'agent-taken', noKey, 'yes'],
    openWithAdmin: ['agent-taken', 'agent-taken', 'agent-taken', 'yes', 'agent-taken'],
    keyWithAdmin: [none, none, noKey, 'agent-taken', noKey, 'yes', noKey],
  }),
  absent: declared('Nobody: the name has no lease.', {
    open: ['agent-not-found', 'agent-not-found', 'agent-not-found', 'agent-not-found'],
    key: [none, none, 'agent-not-found', 'agent-not-found', 'agent-not-found', 'agent-not-found'],
    openWithAdmin: [
      'agent-not-found',
      'agent-not-found',
      'agent-not-found',
      'agent-not-found',
      'agent-not-found',
    ],
    keyWithAdmin: [
      ...([none, none, 'agent-not-found', 'agent-not-found'] as const),
      ...(['agent-not-found', 'agent-not-found', 'agent-not-found'] as const),
    ],
  }),
} as const;

export type AccessName = keyof typeof accessClasses;

/** Who gets through; where the request names an agent, it matters whether that agent has joined. */
export type Access = AccessName | { readonly joined: AccessName; readonly free: AccessName };
