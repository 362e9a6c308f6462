import { connect, type Group } from '../../src/client/index.ts';
import type { AgentKind } from '../../src/core/types.ts';
import type { Visitor } from './chromium.ts';
import { ClusterPage } from './pages/cluster.ts';
import type { Frame } from './pages/frame.ts';
import { GroupPage } from './pages/group.ts';
import { NewPage } from './pages/new.ts';
import { Overview } from './pages/overview.ts';
import { PlayPage } from './pages/play.ts';
import { VotePage } from './pages/vote.ts';
import { Wall } from './pages/wall.ts';

/** One thing to look at: what somebody does before it is there. */
export interface View {
  readonly name: string;
  /** Whether the server must be as new, with no group made. */
  readonly isOfEmptyServer?: true;
  /** Whether it is looked at from another device, such as a phone. */
  readonly lan?: true;
  readonly open: (visitor: Visitor) => Promise<Frame>;
}

const group = async (visitor: Visitor, name: string) =>
  new GroupPage(await visitor.tab()).open(visitor.server, name);
const wall = async (visitor: Visitor, name: string) =>
  new Wall(await visitor.tab()).open(visitor.server, name);
const play = async (visitor: Visitor, query = '') =>
  new PlayPage(await visitor.tab()).open(visitor.server, query);
const vote = async (visitor: Visitor, name: string) =>
  new VotePage(await visitor.tab()).open(visitor.server, name);

/** Each page in each of its states, for a server with the groups of `setScene`. */
export const views: readonly View[] = [
  {
    name: 'overview-empty',
    isOfEmptyServer: true,
    open: async (visitor) => new Overview(await visitor.tab()).open(visitor.server),
  },
  { name: 'overview', open: async (visitor) => new Overview(await visitor.tab()).open(visitor.server) },
  { name: 'new', open: (visitor) => newGroup(visitor, '') },
  { name: 'new-wrong', open: (visitor) => newGroup(visitor, review) },
  { name: 'new-panels', open: (visitor) => newGroup(visitor, panels) },
  {
    name: 'new-made',
    open: async (visitor) => {
      const page = await newGroup(visitor, `?preset=gate&name=${freeName()}&who=agents&agents=ann,bob`);
      await page.create.click();
      await page.page.getByText(/vote\?as=bob#/).waitFor();
      return page;
    },
  },
  { name: 'group-open', open: (visitor) => group(visitor, 'estimate-login') },
  { name: 'group-guest', open: (visitor) => group(visitor, 'stand-up?guest') },
  { name: 'group-open-lan', lan: true, open: (visitor) => group(visitor, 'estimate-login') },
  { name: 'group-agreed', open: (visitor) => group(visitor, 'estimate-export') },
  { name: 'group-failed', open: (visitor) => group(visitor, 'drop-node-20') },
  { name: 'group-held', open: (visitor) => group(visitor, 'deploy-1-5') },
  { name: 'group-spent', open: (visitor) => group(visitor, 'deploy-1-4') },
  { name: 'wall-open', lan: true, open: (visitor) => wall(visitor, 'estimate-login') },
  { name: 'wall-many', open: (visitor) => wall(visitor, 'stand-up') },
  { name: 'wall-agreed', open: (visitor) => wall(visitor, 'estimate-export') },
  { name: 'wall-failed', open: (visitor) => wall(visitor, 'drop-node-20') },
  { name: 'group-three', open: (visitor) => group(visitor, 'one-number') },
  {
    name: 'cluster-alone',
    open: async (visitor) => new ClusterPage(await visitor.tab()).open(visitor.server),
  },
  { name: 'vote-name', open: (visitor) => vote(visitor, 'estimate-login') },
  {
    name: 'vote-chosen',
    open: async (visitor) => {
      const page = await seated(visitor, 'estimate-search');
      await page.choose('8');
      return page;
    },
  },
  {
    name: 'vote-durable',
    open: async (visitor) => {
      const page = await seated(visitor, 'stand-up');
      await page.vote('Yes');
      return page;
    },
  },
  { name: 'vote-number', open: (visitor) => seated(visitor, 'temperature') },
  { name: 'vote-any', open: (visitor) => seated(visitor, 'lunch') },
  { name: 'vote-agreed', open: (visitor) => vote(visitor, 'estimate-export') },
  {
    name: 'play',
    open: async (visitor) => {
      const page = await play(visitor);
      await page.countSeeds();
      await page.page.evaluate('scrollTo(0, 0)');
      return page;
    },
  },
  {
    name: 'play-message',
    open: async (visitor) => {
      const page = await play(visitor, '?chapter=lost-reply&step=8');
      await page.pressMessage('exercise', 3);
      return page;
    },
  },
  {
    name: 'play-free',
    open: (visitor) =>
      play(visitor, '?chapter=free&clients=named&agents=5&quorum=3&max=4&loss=10&delay=20&seed=3'),
  },
  { name: 'play-history', open: (visitor) => play(visitor, '?group=estimate-export') },
];

const newGroup = async (visitor: Visitor, query: string) =>
  new NewPage(await visitor.tab()).open(visitor.server, query);
const review =
  '?preset=panel&name=review-1482&title=Merge+pull+request+1482?&who=agents&agents=ann,+bob,+model-a,+model-b&threshold=5';
const panels =
  '?name=board&who=parts&role.0=models&agents.0=gpt,+opus,+gemini&threshold.0=2&role.1=people&agents.1=ann&equality=near&tolerance=0.5&deadline=1+h';

async function seated(visitor: Visitor, name: string): Promise<VotePage> {
  const page = await vote(visitor, name);
  await page.takeSeat(freeName());
  return page;
}

/** Names that nobody has yet, for seats that are given to whoever comes. */
let others = 0;
const freeName = (): string => `guest-${++others}`;

/** Makes groups as teams have them: estimates, a gate, a question with options, a sensor, some decided and some not. */
export async function setScene(server: string): Promise<void> {
  const client = connect({ url: server });
  const make = async (name: string, settings: Parameters<Group['create']>[0]): Promise<Group> => {
    const made = client.group(name);
    await made.create(settings);
    return made;
  };
  const poker = { preset: 'poker' } as const;
  const five = { agents: ['ann', 'planner', 'ci-history', 'cy', 'reviewer-2'] };
  const open = await make('estimate-login', {
    title: 'Log in with a passkey',
    ...poker,
    rule: { electorate: five, threshold: 'majority', deadline: '30m', floor: 3, revote: true },
  });
  await open.propose({ agent: 'ci-history', value: 8, note: 'Like the e-mail change in March.', seq: 1 });
  await open.propose({ agent: 'planner', value: 8, note: 'Two screens and one migration.', seq: 1 });
  await make('estimate-search', {
    title: 'Search with filters',
    ...poker,
    rule: { electorate: { size: 30 } },
  });
  const closed = await make('estimate-export', {
    title: 'Export as CSV',
    ...poker,
    rule: { electorate: five, threshold: 'majority', revote: true },
  });
  await all(closed, [3, 5, 8, 5, 13]);
  await fetch(`${server}/v1/groups/estimate-export/rounds`, { method: 'POST' });
  await all(closed, [5, 5, 8, 5, 13]);
  const failed = await make('drop-node-20', {
    title: 'Drop support for Node 20',
    preset: 'unanimous',
    rule: { electorate: five, next: 'manual', close: 'all' },
  });
  await all(failed, ['yes', 'yes', 'no', 'yes', 'not before the next long-term release is out']);
  const three = await make('one-number', {
    title: 'Three agents, one number',
    rule: { electorate: { agents: ['agent-1', 'agent-2', 'agent-3'] }, threshold: 2 },
  });
  const seats = await Promise.all(
    (['program', 'program', 'model'] as const).map((kind, i) =>
      joined(server, 'one-number', `agent-${i + 1}`, kind),
    ),
  );
  // As the README has it.
  for (const values of [
    [4, 1, 9],
    [9, 2, 9],
  ])
    for (const [i, { agent, token }] of seats.entries())
      await three.as(token).propose({ agent, value: values[i] as number });
  await make('stand-up', {
    title: 'Move the stand-up to 10:00',
    rule: {
      electorate: { size: 40 },
      options: [
        { value: 'yes', label: 'Yes' },
        { value: 'no', label: 'No' },
      ],
    },
  });
  await make('temperature', {
    title: 'Sensor 12: temperature',
    rule: { electorate: { size: 30 }, equality: { tolerance: 0.5 } },
  });
  for (const name of ['deploy-1-4', 'deploy-1-5']) {
    const gate = await make(name, {
      title: `Deploy ${name.slice(7).replace('-', '.')}?`,
      preset: 'gate',
      rule: { electorate: { agents: ['ann', 'bob', 'cy'] }, threshold: 2 },
      admission: 'open',
    });
    for (const agent of ['ann', 'cy']) await gate.propose({ agent, value: 'approve' });
    // For a day, which nobody renews.
    const claim = { holder: 'runner-2/4711', lease: 86_400_000, value: 'approve' };
    const path = `${server}/v1/groups/${name}/rounds/1/claim`;
    const { fence } = await sent('PUT', path, claim);
    if (name === 'deploy-1-4')
      await gate.claimDone(1, fence as number, { version: '1.4', url: 'https://shop.example.org' });
  }
  await make('lunch', { rule: { electorate: { size: 30 } } });
}

/** Joins for an hour, which nobody renews. */
async function joined(server: string, group: string, agent: string, kind: AgentKind) {
  const body = { kind, instance: `scene-${agent}-0123456789abcdef`, ttl: 3_600_000 };
  const { token } = await sent('PUT', `${server}/v1/groups/${group}/agents/${agent}`, body);
  return { agent, token: token as string };
}

/** Sends a request that the SDK would follow up, such as one that is to be renewed. */
async function sent(method: string, url: string, body: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!reply.ok) throw new Error(await reply.text());
  return (await reply.json()) as Record<string, unknown>;
}

async function all(group: Group, values: readonly (number | string)[]): Promise<void> {
  const agents = ['ann', 'planner', 'ci-history', 'cy', 'reviewer-2'];
  const { round, rule } = await group
    .round('open')
    .then(async (open) => ({ ...open, rule: (await group.show()).rule }));
  for (const [i, agent] of agents.entries())
    await group.propose({
      agent,
      round,
      value: values[i] as number,
      ...(rule.revote && { seq: 1 }),
      ...(i % 2 === 0 && { note: `What ${agent} thinks of it.` }),
    });
}
