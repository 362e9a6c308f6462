import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { binary } from './chromium.ts';
import { GroupPage } from './pages/group.ts';
import { VotePage } from './pages/vote.ts';
import { Wall } from './pages/wall.ts';
import { scanned } from './qr.ts';
import { stage } from './stage.ts';

/** What a projector shows while people vote. */

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the wall', () => {
  const open = stage();
  const arrive = open.arrive.bind(open);

  test('follows a round from the first who is in to the value, blind until then', async () => {
    const visitor = await arrive({ width: 1600 });
    const group = connect({ url: visitor.server }).group('wall-blind');
    const agents = ['cy', 'ann', 'bob'];
    await group.create({ title: 'Which?', rule: { electorate: { agents }, next: 'manual' } });
    const wall = await new Wall(await visitor.tab()).open(visitor.server, 'wall-blind');
    expect(await wall.state()).toBe('WAITING');
    expect(await wall.tokens()).toEqual(['cy missing', 'ann missing', 'bob missing']);
    expect(`http://${await wall.address()}`).toBe(`${visitor.server}/g/wall-blind/vote`);
    expect(await wall.page.getByRole('button').count()).toBe(0);
    await group.propose({ agent: 'bob', value: 'v-4711', note: 'note-4711' });
    await wall.big.filter({ hasText: '1 of 3 in' }).waitFor();
    await wall.page.locator('.token.in').waitFor();
    expect(await wall.tokens()).toEqual(['cy missing', 'ann missing', 'bob in']);
    expect(await wall.page.content()).not.toContain('4711');
    await group.propose({ agent: 'cy', value: 'v-4711' });
    await group.propose({ agent: 'ann', value: 'other' });
    await wall.big.filter({ hasText: 'Agreed on v-4711' }).waitFor();
    await wall.page.locator('.token.won').nth(1).waitFor();
    expect(await wall.tokens()).toEqual(['cy v-4711', 'ann other', 'bob v-4711']);
    expect(await wall.page.locator('.token.won b').allTextContents()).toEqual(['cy', 'bob']);
    expect(await wall.foot()).toMatch(/2 of 3 proposed the same value.* round 1 index \d+/);
    expect(await wall.page.title()).toBe('Which?: agreed on v-4711 - Quorate');
    expect(visitor.complaints).toEqual([]);
  });

  test('does not show the room how who opens it has voted', async () => {
    const visitor = await arrive({ width: 1600 });
    const group = connect({ url: visitor.server }).group('wall-own');
    await group.create({ rule: { electorate: { agents: ['ann', 'bob'] }, options: ['v-4711', 'other'] } });
    const vote = await new VotePage(await visitor.tab()).open(visitor.server, 'wall-own');
    await vote.takeSeat('ann');
    await vote.vote('v-4711');
    const wall = await new Wall(await visitor.tab()).open(visitor.server, 'wall-own');
    await wall.page.locator('.token.in').waitFor();
    await wall.page.waitForResponse(/proposals/, { timeout: 1000 }).catch(() => undefined);
    expect(await wall.tokens()).toEqual(['ann in', 'bob missing']);
    expect(await wall.page.content()).not.toContain('4711');
  });

  test('stays on the latest round, and says what the one before came to', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('wall-next');
    await group.create({ rule: { electorate: { agents: ['ann', 'bob'] }, threshold: 2 } });
    const wall = await new Wall(await visitor.tab()).open(visitor.server, 'wall-next');
    await group.propose({ agent: 'ann', value: 1 });
    await group.propose({ agent: 'bob', value: 2 });
    await wall.page.getByText('Round 1: no agreement').waitFor();
    expect(await wall.state()).toBe('WAITING');
  });

  test('of more than 24 seats it counts those who are in and names those who are missing', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('wall-many');
    const agents = Array.from({ length: 26 }, (_, i) => `a${String(i + 1).padStart(2, '0')}`);
    await group.create({ rule: { electorate: { agents }, next: 'manual', close: 'all' } });
    await Promise.all(agents.slice(2).map((agent) => group.propose({ agent, value: 8 })));
    const wall = await new Wall(await visitor.tab()).open(visitor.server, 'wall-many');
    await wall.big.filter({ hasText: '24 of 26 in' }).waitFor();
    await expect.poll(() => wall.tokens()).toEqual(['a01 missing', 'a02 missing']);
    await group.propose({ agent: 'a01', value: 8 });
    await group.propose({ agent: 'a02', value: 'a longer one' });
    await wall.big.filter({ hasText: 'Agreed on 8' }).waitFor();
    await expect.poll(() => wall.tokens()).toEqual(['8 25 of 26', 'a longer one 1 of 26']);
  });

  test('fits a projector, upright or not, with a value of any length', async () => {
    const visitor = await arrive({ width: 1600, height: 900 });
    const group = connect({ url: visitor.server }).group('wall-long');
    const agents = ['ann', 'bob'];
    await group.create({ rule: { electorate: { agents }, next: 'manual' } });
    for (const agent of agents) await group.propose({ agent, value: 'not before the next release' });
    const wall = await new Wall(await visitor.tab()).open(visitor.server, 'wall-long');
    await wall.page.locator('.big.long').waitFor();
    for (const [width, height] of [
      [1600, 900],
      [1024, 768],
      [900, 1600],
    ] as const) {
      await wall.page.setViewportSize({ width, height });
      expect(await wall.overhang(), `${width} x ${height}`).toBe(0);
      const below = 'document.documentElement.scrollHeight - document.documentElement.clientHeight';
      expect(await wall.page.evaluate(below), `${width} x ${height}`).toBe(0);
    }
  });

  test('is read by a camera where others can reach the server', async () => {
    const visitor = await arrive({ width: 1600, lan: true });
    await connect({ url: open.server.url }).group('wall-scan').create();
    const wall = await new Wall(await visitor.tab()).open(visitor.server, 'wall-scan');
    const address = `${visitor.server}/g/wall-scan/vote`;
    expect(await scanned(wall.page.locator('.scan .qr'))).toBe(address);
    expect(`http://${await wall.address()}`).toBe(address);
  });

  test('is one press from the page of the group', async () => {
    const visitor = await arrive();
    await connect({ url: visitor.server }).group('wall-link').create();
    const { page } = await new GroupPage(await visitor.tab()).open(visitor.server, 'wall-link');
    await page.getByRole('link', { name: 'Wall view' }).click();
    await page.locator('.wall .big').waitFor();
  });

  test('of a group that is not there says so', async () => {
    const visitor = await arrive();
    const page = await visitor.tab();
    await page.goto(`${visitor.server}/g/nobody-made-it?view=wall`);
    await page.locator('.wall .notice').waitFor();
  });
});
