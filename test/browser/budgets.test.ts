import { beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { binary, type Visitor } from './chromium.ts';
import type { Frame } from './pages/frame.ts';
import { GroupPage } from './pages/group.ts';
import { Overview } from './pages/overview.ts';
import { VotePage } from './pages/vote.ts';
import { stage } from './stage.ts';
import { type Work, workDuring } from './work.ts';

/**
 * What pages may cost. Limits are of the processor's time that a page takes, not of a clock on the wall: the pages are to be quick on a
 * machine that has nothing else to do, and this one may have.
 */

const sum = (work: Work): number => work.reduce((total, one) => total + one, 0);
const few = (work: Work): string =>
  work
    .slice(0, 5)
    .map((ms) => `${ms.toFixed(0)} ms`)
    .join(', ');

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the overview of a thousand groups', () => {
  const set = stage();
  beforeAll(async () => {
    const client = connect({ url: set.server.url });
    const rule = { electorate: { agents: ['ann', 'bob', 'cy'] } };
    const names = Array.from({ length: 1000 }, (_, i) => `group-${i}`);
    for (let at = 0; at < names.length; at += 50)
      await Promise.all(names.slice(at, at + 50).map((name) => client.group(name).create({ rule })));
  });

  test('has shown its first rows before it has worked for a second', async () => {
    const visitor = await set.arrive();
    const page = await visitor.tab();
    const list = new Overview(page);
    const work = await workDuring(page, async () => {
      await page.goto(`${visitor.server}/`);
      await list.row('group-0').first().waitFor();
    });
    expect(sum(work), `longest tasks: ${few(work)}`).toBeLessThan(1000);
  });
});

describe.skipIf(binary === null)('while a group closes a hundred rounds a second', () => {
  const set = stage();
  const name = 'fast';
  beforeAll(() =>
    connect({ url: set.server.url })
      .group(name)
      .create({ rule: { electorate: { agents: ['ann'] }, next: 'continuous' } }),
  );

  test.each<[string, (visitor: Visitor) => Promise<Frame>]>([
    ['its page', async (visitor) => new GroupPage(await visitor.tab()).open(visitor.server, name)],
    ['the page of its vote', async (visitor) => new VotePage(await visitor.tab()).open(visitor.server, name)],
    ['the overview', async (visitor) => new Overview(await visitor.tab()).open(visitor.server)],
  ])('%s does nothing that would hold a frame up for 100 ms', async (_, open) => {
    const visitor = await set.arrive();
    const frame = await open(visitor);
    const work = await workDuring(frame.page, () => closeRounds(1000, 10_000));
    expect(work[0], `longest tasks: ${few(work)}`).toBeLessThan(100);
    const { index } = await connect({ url: set.server.url }).group(name).round('latest');
    await expect.poll(() => frame.index()).toBeGreaterThanOrEqual(index);
    expect(visitor.complaints).toEqual([]);
  });

  /** Closes so many rounds within these ms, evenly as far as the machine lets it. */
  async function closeRounds(count: number, ms: number): Promise<void> {
    const client = connect({ url: set.server.url });
    const first = (await client.group(name).round('latest')).round;
    const began = performance.now();
    for (let closed = 0; closed < count; ) {
      const due = Math.min(count, Math.floor(((performance.now() - began) / ms) * count));
      const rounds = Array.from({ length: due - closed }, (_, i) => first + closed + i);
      closed += rounds.length;
      if (rounds.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      const ballots = rounds.map((round) => ({ group: name, agent: 'ann', round, value: round % 7 }));
      for await (const { error } of client.proposals(ballots)) if (error !== null) throw error;
    }
  }
});
