import * as errors from '../openapi/error-sets.ts';
import { type Operation, ok } from '../openapi/operation.ts';
import * as sample from '../openapi/samples.ts';

/** What the document says of the routes of invites. */

const path = '/v1/groups/board/invites';

export const createInvite: Operation = {
  id: 'createInvite',
  access: { joined: 'inviter', free: 'inviter' },
  tag: 'invites',
  summary: 'Invite somebody under a name; a new invite ends the old one. Safe to repeat with an own secret',
  parameters: ['group', 'session'],
  body: { schema: 'NewInvite', required: true },
  responses: {
    201: ok('Invited; the secret is shown only here.', 'InviteWithSecret', sample.newInvite),
    200: ok('Invited before with this very secret.', 'InviteWithSecret', sample.newInvite),
  },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.managed,
    ...errors.inGroup,
    'reserved-name',
    'no-invites',
    'not-eligible',
    'invite-wrong',
    'limit-reached',
  ],
  example: { path, body: sample.wantedInvite },
};

export const listInvites: Operation = {
  id: 'listInvites',
  access: 'manager',
  tag: 'invites',
  summary: 'List who is invited, never a secret',
  parameters: ['group', 'afterAgent', 'pageLimit', 'consistency', 'session'],
  responses: {
    200: {
      ...ok('A page of invites.', 'InviteList', {
        ...{ invites: [sample.invite], next: null },
        ...{ total: 1, revision: 5, index: 14 },
      }),
      headers: ['Link'],
    },
  },
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.managed, ...errors.inGroup, 'agent-not-found'],
  example: { path },
};

export const revokeInvite: Operation = {
  id: 'revokeInvite',
  access: { joined: 'inviter', free: 'revoker' },
  tag: 'invites',
  summary: 'Revoke an invite: its token is void at once, also for streams that are open',
  parameters: ['group', 'agent', 'session'],
  responses: { 200: ok('Revoked.', 'Invite', sample.revokedInvite) },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.managed,
    ...errors.inGroup,
    'reserved-name',
    'no-invites',
    'agent-not-found',
  ],
  example: { path: `${path}/alice` },
};

export const redeemInvite: Operation = {
  id: 'redeemInvite',
  access: { joined: 'redeemer', free: 'guesser' },
  tag: 'invites',
  summary: "Exchange the secret of an invite for its agent's token, once; again for the same instance",
  parameters: ['group', 'agent', 'session'],
  body: { schema: 'Redeeming', required: true },
  responses: { 200: ok('The token speaks for this agent from now on.', 'Redeemed', sample.redeemed) },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    'invalid-name',
    'reserved-name',
    'invite-wrong',
    'invite-used',
  ],
  example: { path: `${path}/alice/redeem`, body: { secret: sample.secret, instance: 'a-long-random-text' } },
};
