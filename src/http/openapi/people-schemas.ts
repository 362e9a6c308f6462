import { type Static, Type } from 'typebox';
import {
  closed,
  duration,
  index,
  key,
  kind,
  name,
  orNull,
  ref,
  revision,
  role,
  shownName,
  time,
  whole,
  words,
} from './schema-parts.ts';
import { joinedPlace } from './stream-schemas.ts';

/** The schemas of agents and of invites. */

const agent = Type.Object({
  agent: name(),
  name: Type.Optional(shownName),
  kind: Type.Optional(kind),
  role,
  live: Type.Boolean(),
  since: time(),
  expiresAt: orNull(time()),
});
const invite = Type.Object({
  agent: name(),
  name: Type.Optional(shownName),
  kind: Type.Optional(kind),
  role,
  state: words('open', 'redeemed', 'revoked'),
  since: time(),
});
const inviteNow = { group: name(), ...invite.properties, revision, index };
const lease = Type.Object({ group: name(), agent: name(), expiresAt: orNull(time()), revision, index });

export const peopleSchemas = {
  Agent: agent,
  AgentList: Type.Object({
    agents: Type.Array(ref<Static<typeof agent>>('Agent')),
    next: orNull(name()),
    total: whole(),
    revision,
    index,
  }),
  Join: Type.Partial(
    Type.Object(
      {
        name: shownName,
        kind,
        role,
        ttl: duration(),
        instance: Type.String({ minLength: 8, maxLength: 128 }),
      },
      closed,
    ),
  ),
  Joined: Type.Object({
    ...lease.properties,
    role,
    ...joinedPlace,
    ttl: whole(1),
    token: Type.String(),
  }),
  Lease: lease,
  NewInvite: Type.Object(
    {
      agent: name(),
      name: Type.Optional(shownName),
      kind: Type.Optional(kind),
      role: Type.Optional(role),
      secret: Type.Optional(key()),
    },
    closed,
  ),
  InviteWithSecret: Type.Object({ ...inviteNow, secret: Type.String(), link: Type.String() }),
  Invite: Type.Object(inviteNow),
  ListedInvite: invite,
  InviteList: Type.Object({
    invites: Type.Array(ref<Static<typeof invite>>('ListedInvite')),
    next: orNull(name()),
    total: whole(),
    revision,
    index,
  }),
  Redeeming: Type.Object(
    { secret: key(), instance: Type.Optional(Type.String({ minLength: 8, maxLength: 128 })) },
    closed,
  ),
  Redeemed: Type.Object({ ...inviteNow, token: Type.String() }),
};
