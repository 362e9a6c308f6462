import { type Static, Type } from 'typebox';
import { index, orNull, ref, time, whole, words } from './schema-parts.ts';

const pause = Type.Object({ ms: Type.Number(), from: time(), after: whole(), next: whole() });

/** What the document says of a server, and of a cluster of them. */
export const clusterSchemas = {
  Info: Type.Object({
    name: Type.Literal('quorate'),
    version: Type.String(),
    commit: orNull(Type.String({ description: 'The commit of the build; null where it is not known.' })),
    node: Type.String(),
    log: Type.Object({
      id: Type.String(),
      kind: words('memory', 'file', 'etcd'),
      durability: words('none', 'disk', 'cluster'),
      location: Type.String(),
    }),
    logVersion: Type.Object({ active: whole(), supported: whole() }),
    groups: whole(),
    webhooks: Type.Object({
      allowed: Type.Boolean(),
      publicKey: orNull(Type.String({ description: 'Checks the signatures `v1a`.' })),
    }),
    limits: Type.Unsafe<Record<string, number>>({
      type: 'object',
      additionalProperties: { type: 'number' },
    }),
    index,
  }),
  LogMemberRole: words('leader', 'follower', 'learner'),
  LogPause: pause,
  Cluster: Type.Object({
    server: Type.String({ description: 'The name of the server that answers.' }),
    time: time(),
    log: Type.Object({ kind: words('memory', 'file', 'etcd'), durability: words('none', 'disk', 'cluster') }),
    quorum: Type.Boolean({
      description: 'Whether a majority of the members is up; votes wait while it is not.',
    }),
    reachable: Type.Boolean({ description: 'Whether the log answers this server.' }),
    queued: whole(),
    servers: Type.Array(
      Type.Object({
        name: Type.String(),
        state: words('serving', 'silent', 'unknown'),
        since: orNull(time()),
        index: orNull(whole()),
        behind: orNull(whole()),
        streams: orNull(whole()),
        votesPerSecond: orNull(Type.Number()),
      }),
    ),
    members: Type.Array(
      Type.Object({
        name: Type.String(),
        endpoint: orNull(Type.String()),
        isUp: Type.Boolean(),
        detail: orNull(Type.String()),
        role: orNull(ref<'leader' | 'follower' | 'learner'>('LogMemberRole')),
        term: orNull(whole()),
      }),
    ),
    entries: Type.Object({
      since: time(),
      perSecond: Type.Array(whole(), { description: 'In each of the last 60 whole seconds, oldest first.' }),
      quietMs: orNull(Type.Number()),
      longestPause: orNull(ref<Static<typeof pause>>('LogPause')),
    }),
    head: whole(),
    index,
  }),
} as const;
