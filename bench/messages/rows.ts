import { natsBinary, redisBinary } from '../../test/harness/tools.ts';
import type { Competitor } from '../contestant.ts';
import { costOfMessages } from '../core.ts';
import { nats, syncedNats } from './nats.ts';
import { quorate } from './quorate.ts';
import { redisStreams } from './redis.ts';
import { type Medium, type Size, talk } from './talk.ts';

const media = {
  messages: { open: () => quorate(), needs: undefined },
  'redis-streams': { open: redisStreams, needs: redisBinary },
  nats: { open: () => nats({ synced: true }), needs: syncedNats },
  'nats-unsynced': { open: () => nats({ synced: false }), needs: natsBinary },
} as const satisfies Record<string, { open(): Promise<Medium>; needs: Competitor['needs'] }>;

const sizes = {
  '1-to-3': { publishers: 1, listeners: 3 },
  '3-to-3': { publishers: 3, listeners: 3 },
  '96-to-3': { publishers: 96, listeners: 3 },
  '1-to-100': { publishers: 1, listeners: 100 },
  '3-to-100': { publishers: 3, listeners: 100 },
  '96-to-100': { publishers: 96, listeners: 100 },
} as const satisfies Record<string, Size>;

type SizeName = keyof typeof sizes;
type Name = `${keyof typeof media}-${SizeName}`;

/** Messages through each server, in each size. */
export const messageContestants = Object.fromEntries(
  Object.entries(media).flatMap(([medium, { open, needs }]) =>
    Object.entries(sizes).map(([size, count]) => {
      const start = async () => talk(await open(), count);
      return [`${medium}-${size}`, needs === undefined ? { start } : { start, needs }];
    }),
  ),
) as Record<Name, Competitor>;

/** Messages in a large group: over HTTP, and what one costs the core. */
export const largeGroupContestants = {
  'messages-among-100000': {
    // With its three publishers it knows as many agents as a group may.
    start: async () => talk(await quorate({ members: 99_997, messages: 10_000 }), sizes['3-to-3']),
  },
  'say-3': { start: async () => costOfMessages({ members: 3, speakers: 3, before: 0 }) },
  'say-100000': { start: async () => costOfMessages({ members: 100_000, speakers: 3, before: 1_000_000 }) },
} as const satisfies Record<string, Competitor>;

const topic = 'messages';
const peers = [
  ['redis-streams', 'Redis Streams, appendfsync always'],
  ['nats', 'NATS JetStream, every write synced'],
] as const;
const rate = { topic, by: 'perSecond' } as const;

/** Messages a second that all listeners heard. */
const rates = (Object.keys(sizes) as SizeName[]).flatMap((size) => {
  const { publishers, listeners } = sizes[size];
  const from = publishers === 1 ? '1 publisher' : `${publishers} publishers`;
  const ours = `messages-${size}` as const;
  return peers.map(([peer, what], i) => ({
    ...rate,
    what: i === 0 ? `messages/s, ${from}, ${listeners} listeners: durable / ${what}` : `the same / ${what}`,
    ours,
    peer: `${peer}-${size}` as const,
    goal: { atLeast: 1 },
  }));
});

const unsynced = (['1-to-3', '96-to-100'] as const).map((size) => ({
  ...rate,
  what: `messages/s, ${size.replaceAll('-', ' ')}: durable / NATS JetStream as it comes, synced once a minute`,
  ours: `messages-${size}` as const,
  peer: `nats-unsynced-${size}` as const,
}));

export const messageRows = [
  ...rates,
  ...unsynced,
  {
    topic,
    what: 'sent to heard by all, 1 publisher, 3 listeners / one bare O_DSYNC write: p50',
    ours: 'messages-1-to-3',
    peer: 'bare-write',
    by: 'p50ms',
    goal: { atMost: 2 },
  },
  {
    topic,
    what: 'CPU per message over HTTP, 3 publishers, 3 listeners: 100,000 members and 10,000 messages / 3 members',
    ours: 'messages-among-100000',
    peer: 'messages-3-to-3',
    by: 'cpuUs',
    goal: { atMost: 1.25 },
  },
  {
    topic,
    what: 'CPU per message in the core, 100,000 members and 1,000,000 messages / 3 members',
    ours: 'say-100000',
    peer: 'say-3',
    by: 'cpuUs',
    goal: { atMost: 1.25 },
  },
] as const;
