import { parseSettings } from '../../core/rule/settings.ts';
import type { GroupRowJson } from '../../core/view/group-row.ts';
import type {
  AgentJson,
  EventJson,
  GroupJson,
  InviteJson,
  ProposalJson,
  RoundJson,
  SnapshotJson,
  TallyJson,
} from '../../core/view/json-types.ts';
import { viewRule } from '../../core/view/rule.ts';
import type { GoodbyeJson } from '../events/frames.ts';

/** One story that all examples of the document tell: two of three reviewers let a deployment through. */

const time = (seconds: number): string => new Date(Date.UTC(2026, 0, 5, 9, 0, seconds)).toISOString();

export const wanted = {
  title: 'Deploy build 812?',
  preset: 'gate',
  admission: 'open',
  rule: {
    electorate: { agents: ['reviewer-1', 'reviewer-2', 'ci'] },
    threshold: 2,
    deadline: '10m',
  },
};

const parsed = parseSettings(wanted);
if (!parsed.ok) throw new Error('the settings of the example cannot be used');
const { title, preset, rule, admission, mayClose, subjectHash } = parsed.settings;

export const group: GroupJson = {
  group: 'deploy',
  title,
  preset,
  rule: viewRule(rule),
  admission,
  mayClose,
  mayWaive: 'admin',
  maySpend: 'admin',
  subjectHash,
  retention: null,
  status: 'open',
  round: 1,
  createdAt: time(0),
  revision: 2,
  index: 12,
};

export const chosenKeys = {
  joinKey: 'b1c4a0f2e8d94716935ea07cd2f86b40',
  observerKey: '7e2f9d36c05b4a18ae61f3d4908b7c25',
};

export const newKeys = { group: 'board', ...chosenKeys, revision: 4, index: 14 };

const first: TallyJson = { value: 'approve', weight: 1, agents: ['reviewer-1'] };

export const openRound: RoundJson = {
  group: 'deploy',
  round: 1,
  state: 'WAITING',
  reason: null,
  value: null,
  eligible: 3,
  present: 1,
  options: [{ value: 'approve' }, { value: 'reject' }],
  equality: 'exact',
  missing: ['reviewer-2', 'ci'],
  waived: [],
  openedAt: time(0),
  deadlineAt: time(600),
  deadlineSet: null,
  closedAt: null,
  tally: [first],
  stats: null,
  explain: 'waiting for reviewer-2 and ci; 2 equal of 3 decide, and only "approve" can win',
  subjectHash: null,
  revision: 3,
  index: 13,
};

const { state, reason, value, eligible, present, missing, explain, openedAt, deadlineAt, closedAt } =
  openRound;
const stand = { state, reason, value, eligible, present, missing, explain, openedAt, deadlineAt, closedAt };
export const groupRow: GroupRowJson = { ...group, ...stand, last: null, revision: 3, index: 13 };

export const putOffRound: RoundJson = {
  ...openRound,
  deadlineAt: time(7230),
  deadlineSet: { by: null, time: time(30), times: 1 },
  revision: 4,
  index: 14,
};

export const waivedRound: RoundJson = {
  ...openRound,
  eligible: 2,
  missing: ['reviewer-2'],
  waived: [{ agent: 'ci', by: null, reason: 'down for maintenance', time: time(30) }],
  explain: 'waiting for reviewer-2; 2 equal of 2 decide, and only "approve" can win; ci is waived',
  revision: 4,
  index: 14,
};

export const decidedRound: RoundJson = {
  ...openRound,
  state: 'SUCCESS',
  reason: 'agreed',
  value: 'approve',
  present: 2,
  missing: ['ci'],
  closedAt: time(42),
  tally: [{ ...first, weight: 2, agents: ['reviewer-1', 'reviewer-2'] }],
  explain: '2 of 3 proposed "approve"; 2 equal of 3 decide, and only "approve" can win',
  revision: 5,
  index: 14,
};

export const proposal: ProposalJson = {
  ...{ agent: 'reviewer-1', name: 'Ada', time: time(7), index: 13, seq: null, token: true },
  ...{ value: 'approve', note: 'the tests pass', changes: [] },
};

export const closedByHand: RoundJson = {
  ...openRound,
  state: 'FAILED',
  reason: 'closed-by-hand',
  closedAt: time(42),
  explain:
    'the round was closed by hand without agreement: at most 1 of 3 proposed "approve"; 2 equal of 3 decide, and only "approve" can win',
  revision: 5,
  index: 14,
};

export const explanation = {
  group: 'deploy',
  round: 1,
  state: 'WAITING',
  reason: null,
  sentence: openRound.explain,
  rule: viewRule(rule),
  eligible: 3,
  present: 1,
  abstained: 0,
  waitingFor: { agents: ['reviewer-2', 'ci'], count: 2, until: time(600) },
  stillPossible: [{ value: 'approve', weight: 1 }],
  pivotal: [
    { agent: 'reviewer-2', by: [{ proposes: 'value', value: 'approve', outcome: 'SUCCESS' }] },
    { agent: 'ci', by: [{ proposes: 'value', value: 'approve', outcome: 'SUCCESS' }] },
  ],
  dissent: null,
  seed: null,
  index: 13,
};

export const emptyRound: RoundJson = {
  ...openRound,
  round: 2,
  present: 0,
  missing: ['reviewer-1', 'reviewer-2', 'ci'],
  tally: [],
  revision: 6,
  index: 15,
};

export const agent: AgentJson = {
  agent: 'reviewer-1',
  role: 'voter',
  live: true,
  since: time(1),
  expiresAt: time(31),
};

export const lease = {
  group: 'deploy',
  agent: 'reviewer-1',
  expiresAt: time(31) as string | null,
  revision: 3,
  index: 13,
};

export const joined = {
  ...lease,
  role: 'voter',
  view: 2,
  incarnation: 2,
  cursor: 2,
  ttl: 30_000,
  token: 'zK3vX0m8yQ2bT7uR5wS1aE9cG4hJ6kL0pN2oM8iU3fY',
};

/** The secret of the invite in the samples. */
export const secret = 'Qm3vX0m8yQ2bT7uR5wS1aE9cG4hJ6kL0';
export const wantedInvite = { agent: 'alice', name: 'Alice Smith', secret };
export const invite: InviteJson = {
  ...{ agent: 'alice', name: 'Alice Smith', role: 'voter', state: 'open' },
  since: time(3),
};
const place = { group: 'board', revision: 3, index: 13 };
export const newInvite = {
  ...{ ...place, ...invite, secret },
  link: `http://127.0.0.1:5000/g/board/vote?as=alice#${secret}`,
};
export const revokedInvite = { ...place, ...invite, state: 'revoked', since: time(9), revision: 4 };
export const redeemed = {
  ...{ ...place, ...invite, state: 'redeemed', since: time(5), revision: 4 },
  token: 'aB3vX0m8yQ2bT7uR5wS1aE9cG4hJ6kL0pN2oM8iU3fY',
};

export const event: EventJson = {
  type: 'proposed',
  group: 'deploy',
  revision: 3,
  index: 13,
  time: time(7),
  agent: 'reviewer-1',
  round: openRound,
};

export const snapshot: SnapshotJson = {
  ...event,
  type: 'snapshot',
  revision: 2,
  agent: null,
  round: null,
  details: group,
};

export const goodbye: GoodbyeJson = {
  ...{ type: 'goodbye', reason: 'stopping', group: 'deploy', revision: 3 },
  ...{ index: 17, time: time(8), agent: null, round: null },
};

export const cluster = {
  server: 'server-1',
  time: '2026-11-28T14:01:20.000Z',
  log: { kind: 'etcd', durability: 'cluster' },
  quorum: true,
  reachable: true,
  queued: 0,
  servers: [
    {
      name: 'server-1',
      state: 'serving',
      since: null,
      index: 48_213,
      behind: 0,
      streams: 214,
      votesPerSecond: 1120,
    },
    {
      name: 'server-2',
      state: 'silent',
      since: '2026-11-28T14:01:08.000Z',
      index: 48_031,
      behind: 182,
      streams: null,
      votesPerSecond: null,
    },
  ],
  members: [
    { name: 'etcd-1', endpoint: '10.0.0.1:2379', isUp: true, detail: null, role: 'leader', term: 7 },
    {
      name: 'etcd-2',
      endpoint: '10.0.0.2:2379',
      isUp: false,
      detail: 'etcd at 10.0.0.2:2379: connection refused',
      role: 'follower',
      term: 7,
    },
    { name: 'etcd-3', endpoint: '10.0.0.3:2379', isUp: true, detail: null, role: 'follower', term: 7 },
  ],
  entries: {
    since: '2026-11-28T13:00:00.000Z',
    perSecond: Array.from({ length: 60 }, () => 90),
    quietMs: 11,
    longestPause: { ms: 1402, from: '2026-11-28T14:01:08.000Z', after: 48_031, next: 48_032 },
  },
  head: 48_213,
  index: 48_213,
} as const;

export const info = {
  name: 'quorate',
  version: '0.1.0',
  commit: '3f1c9a0e5b7d2468ace013579bdf02468ace1357',
  node: 'v20.19.0',
  log: {
    id: '5f0c2a7b9e1d4c3a',
    kind: 'file',
    durability: 'disk',
    location: '/var/lib/quorate',
  },
  logVersion: { active: 1, supported: 1 },
  groups: 1,
  webhooks: { allowed: true, publicKey: null },
  limits: { valueBytes: 4096, bodyBytes: 32_768 },
  index: 12,
};
