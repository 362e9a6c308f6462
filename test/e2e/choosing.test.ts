import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Json, type RoundJson, type Settings } from '../../src/client/index.ts';
import { type Server, startServer } from '../harness/server.ts';
import { readText } from '../tidy/source.ts';

/** The table "I want ..." of docs/rules.md: each row's group on a real server, its proposals in order, and the outcome it states. */

const [, table = ''] = readText('docs/rules.md').split('\n## I want ...\n');
const rows = [
  ...table.split('\n## ')[0]!.matchAll(/^\| (.+?) \| `(.+?)` \| `(.+?)`(, then .+?)? \| (.+?) \|$/gm),
].map(([, wish = '', settings = '', proposals = '', then = '', outcome = '']) => ({
  wish,
  rule: JSON.parse(settings) as Settings['rule'],
  proposals: [...proposals.matchAll(/(\w+): (.+?)(?=, \w+: |$)/g)].map(([, agent = '', value = '']) => ({
    agent,
    vote: value === 'abstains' ? { abstain: true as const } : { value: JSON.parse(value) as Json },
  })),
  after: then.replace(/^, then /, ''),
  outcome,
}));

let server: Server;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(() => server?.kill());

test('every row of the table is read', () => {
  const lines = table
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| '));
  expect(rows.length).toBe(lines.length - 1);
  expect(rows.length).toBeGreaterThan(25);
});

describe('I want', () => {
  test.concurrent.each(rows.map((row, i) => ({ ...row, i })))(
    '$wish',
    async ({ i, rule, proposals, after, outcome }) => {
      const group = connect({ url: server.url }).group(`wish-${i}`);
      const made = await group.create({ rule });
      for (const setting of Object.keys(rule)) expect(made.rule).toHaveProperty(setting);
      for (const [at, { agent, vote }] of proposals.entries()) {
        const before = await group.round(1);
        // A deadline may have come already on a busy machine, but proposals alone end it with the last of them and not before.
        if (at > 0) expect(before.state).toBe('WAITING');
        await group.propose({ round: 1, agent, ...vote, ...(rule.revote ? { seq: at } : {}) });
      }
      if (after === 'closed by hand') await group.close(1);
      else if (after !== '') {
        const [, agent = ''] = /^(\w+) is waived$/.exec(after) ?? [];
        await group.waive(1, agent, 'on holiday');
      }
      const [, state = '', detail = ''] = /^(\w+),? ?(.*)$/.exec(outcome) ?? [];
      let round = await group.round(1);
      const limit = Date.now() + 30_000;
      while (state !== 'WAITING' && round.state === 'WAITING' && Date.now() < limit)
        round = await group.round(1, { after: round.revision, wait: '5s' });
      expect(round.state).toBe(state);
      if (state === 'FAILED') expect(round.reason).toBe(detail);
      else if (state === 'SUCCESS' && detail !== '')
        expect(round.value).toEqual(JSON.parse(detail.slice(1, -1)));
      else if (state === 'WAITING') expect(shown(round)).toEqual(detail === 'nothing shown' ? [] : ['x']);
    },
  );
});

function shown(round: RoundJson): unknown[] {
  return (round.tally ?? []).map(({ value }) => value);
}
