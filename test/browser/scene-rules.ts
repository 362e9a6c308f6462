import { connect, type Group, type GroupSettings, type Json } from '../../src/client/index.ts';

/** Groups of every kind of rule, with rounds as they come out under it. */

const names = (n: number, stem = 'agent'): string[] =>
  Array.from({ length: n }, (_, i) => `${stem}-${String(i + 1).padStart(String(n).length, '0')}`);

/** What each agent proposes, and perhaps why. */
type Said = Readonly<Record<string, Json | { readonly abstain: true }>>;

/** Makes them on a server that has none of them. */
export async function setRules(server: string): Promise<void> {
  const client = connect({ url: server });
  const make = async (name: string, settings: GroupSettings, said: Said = {}): Promise<Group> => {
    const group = client.group(name);
    await group.create(settings);
    await say(group, said);
    return group;
  };
  const team = ['ann', 'bob', 'cy', 'dan', 'eve'];
  const manual = { next: 'manual', close: 'all' } as const;

  await make(
    'window-agreed',
    {
      title: 'Sensor 12: temperature',
      rule: { electorate: { agents: team }, threshold: 'majority', equality: { tolerance: 1 }, ...manual },
    },
    { ann: 7.5, bob: 8, cy: 8.5, dan: 12, eve: 6 },
  );
  await make(
    'window-failed',
    {
      title: 'Sensor 13: temperature',
      rule: { electorate: { agents: team }, threshold: 4, equality: { tolerance: 1 }, ...manual },
    },
    { ann: 7.5, bob: 8, cy: 8.5, dan: 12, eve: 12.5 },
  );
  await make(
    'median-low',
    { title: 'The median is the least', rule: { electorate: { agents: team }, threshold: 3, ...manual } },
    { ann: 1, bob: 1, cy: 1, dan: 9, eve: 100 },
  );
  await make(
    'weighted',
    {
      title: 'Shares of the house',
      rule: {
        electorate: { agents: team },
        weights: { ann: 40, bob: 25, cy: 20, dan: 10, eve: 5 },
        threshold: 'majority',
        ...manual,
      },
    },
    { ann: 'roof', bob: 'garden', cy: 'roof', dan: 'garden', eve: { abstain: true } },
  );
  const parts = {
    all: [
      { role: 'dev', agents: ['ann', 'bob', 'cy'], threshold: 2 },
      {
        any: [
          { role: 'ops', agents: ['dan'], threshold: 1 },
          { role: 'security', agents: ['eve', 'ann'], threshold: 'unanimous' as const },
        ],
      },
    ],
    else: { role: 'board', agents: ['fay', 'gus'], threshold: 'unanimous' as const },
  };
  await make(
    'parts-agreed',
    { title: 'Release with two parts', rule: { electorate: parts, ...manual } },
    { ann: 'ship', bob: 'ship', cy: 'wait', dan: 'ship', eve: 'wait' },
  );
  await make(
    'parts-open',
    { title: 'Parts, still open', rule: { electorate: parts, next: 'manual', reveal: 'live' } },
    { ann: 'ship', dan: 'wait' },
  );
  await make(
    'vetoed',
    {
      title: 'Drop the old log-in',
      rule: { electorate: { agents: team }, threshold: 3, veto: ['eve', 'dan'], ...manual },
    },
    { ann: true, bob: true, cy: true, dan: true, eve: false },
  );
  await make(
    'required',
    {
      title: 'The owner must agree',
      rule: { electorate: { agents: team }, threshold: 2, required: ['ann'], ...manual },
    },
    { ann: 'blue', bob: 'red', cy: 'red', dan: 'red', eve: 'red' },
  );
  await make(
    'field',
    {
      title: 'Root cause, compared by service',
      rule: {
        electorate: { agents: team.slice(0, 3) },
        threshold: 2,
        equality: { field: '/service', by: 'exact' },
        ...manual,
      },
    },
    {
      ann: { service: 'mail', since: '04:10' },
      bob: { service: 'mail', since: '04:12' },
      cy: { service: 'web', since: '04:00' },
    },
  );
  await make(
    'never-shown',
    {
      title: 'Ballot that is never shown',
      rule: { electorate: { agents: team }, threshold: 3, reveal: 'never', ...manual },
    },
    { ann: 'yes', bob: 'yes', cy: 'yes', dan: 'no', eve: { abstain: true } },
  );
  await make('anonymous', { title: 'Three whoever comes', rule: { electorate: { size: 3 }, threshold: 2 } });
  await large(await make('large-open', { title: 'Thirty-five seats', rule: many(35) }), 28, () => 'x');
  await large(
    await make('large-agreed', { title: 'Three hundred', rule: many(300) }),
    300,
    (i) => 20 + (i % 41) / 2,
  );
  await large(
    await make('large-near', {
      title: 'A thousand seats within 5',
      rule: { ...many(1000), equality: { tolerance: 5 }, threshold: 200 },
    }),
    1000,
    (i) => 40 + ((i * 7919) % 1000) / 50,
  );
  const changed = await make(
    'rule-changed',
    {
      title: 'The rule was changed since',
      rule: { electorate: { agents: team }, threshold: 3, next: 'continuous', close: 'all' },
    },
    { ann: 1, bob: 1, cy: 1, dan: 2, eve: 2 },
  );
  await changed.create({
    title: 'The rule was changed since',
    rule: { electorate: { agents: team }, threshold: 'unanimous', next: 'continuous', close: 'all' },
  });

  function many(n: number) {
    return { electorate: { agents: names(n) }, threshold: 'majority', ...manual } as const;
  }
}

async function say(group: Group, said: Said): Promise<void> {
  const entries = Object.entries(said);
  if (entries.length === 0) return;
  const { round } = await group.round('open');
  for (const [agent, value] of entries) {
    if (isAbstention(value)) await group.propose({ agent, round, abstain: true });
    else await group.propose({ agent, round, value, note: `Why ${agent} says so.` });
  }
}

function isAbstention(value: Said[string]): value is { readonly abstain: true } {
  return typeof value === 'object' && value !== null && 'abstain' in value && value.abstain === true;
}

/** The first so many propose, all at once as programs do. */
async function large(group: Group, present: number, value: (i: number) => Json): Promise<void> {
  const { round, missing } = await group.round('open');
  const coming = missing.slice(0, present);
  for (let from = 0; from < coming.length; from += 50)
    await Promise.all(
      coming
        .slice(from, from + 50)
        .map((agent, i) => group.propose({ agent, round, value: value(from + i) })),
    );
}
