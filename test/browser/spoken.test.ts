import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { binary } from './chromium.ts';
import { plain } from './pages/frame.ts';
import { GroupPage } from './pages/group.ts';
import { VotePage } from './pages/vote.ts';
import { stage } from './stage.ts';

/** What pages say to who does not see them, and what a phone does and keeps by itself. */

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('a page', () => {
  const set = stage();

  /** Notes from now on each text that the status gets, and when, ms. */
  async function listen(page: Page): Promise<() => Promise<readonly { text: string; at: number }[]>> {
    await page.evaluate(`
      globalThis.heard = [];
      const status = document.querySelector('.head [role=status], .turnout [role=status]');
      new MutationObserver(() => heard.push({ text: status.textContent, at: performance.now() }))
        .observe(status, { childList: true, characterData: true, subtree: true });
    `);
    return async () => {
      const heard = (await page.evaluate('heard')) as { text: string; at: number }[];
      return heard.map(({ text, at }) => ({ text: plain(text), at }));
    };
  }

  test('says of many changes the last, at most one a second', async () => {
    const visitor = await set.arrive();
    const group = connect({ url: visitor.server }).group('fast');
    const agents = Array.from({ length: 40 }, (_, i) => `a${i + 10}`);
    await group.create({ rule: { electorate: { agents }, next: 'manual' } });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'fast');
    await page.spoken.filter({ hasText: '0 of 40 in' }).waitFor({ state: 'attached' });
    const heard = await listen(page.page);
    for (const agent of agents.slice(0, 30)) await group.propose({ agent, value: 1, round: 1 });
    await expect.poll(async () => (await heard()).at(-1)?.text).toBe('30 of 40 in');
    const said = await heard();
    for (const [i, { at }] of said.entries())
      if (i > 0) expect(at - (said[i - 1]?.at ?? 0), JSON.stringify(said)).toBeGreaterThan(900);
    await page.big.filter({ hasText: '30 of 40 in' }).waitFor();
  });

  test.each([
    ['75s', '1 minute left'],
    ['25s', '10 seconds left'],
  ] as const)('with a deadline in %s says once: %s', async (deadline, text) => {
    const visitor = await set.arrive();
    const tab = await visitor.tab();
    // The page is at hand before the time runs.
    await tab.goto(`${visitor.server}/g/default`);
    const name = `soon-${deadline}-${Date.now()}`;
    await connect({ url: visitor.server })
      .group(name)
      .create({ rule: { electorate: { size: 3 }, next: 'manual', deadline } });
    const page = await new GroupPage(tab).open(visitor.server, name);
    const heard = await listen(page.page);
    await page.spoken.filter({ hasText: text }).waitFor({ state: 'attached' });
    await page.spoken.filter({ hasNotText: text }).waitFor({ state: 'attached' });
    const said = (await heard()).map((one) => one.text);
    expect(said.filter((one) => one.includes(text))).toHaveLength(1);
  });

  test('keeps a choice and its note over a reload, and sends neither', async () => {
    const visitor = await set.arrive({ width: 360, height: 740, lan: true });
    const group = connect({ url: set.server.url }).group('unsent');
    await group.create({ preset: 'poker', rule: { electorate: { agents: ['ann', 'bob'] } } });
    const vote = await new VotePage(await visitor.tab()).open(visitor.server, 'unsent');
    await vote.takeSeat('ann');
    await vote.choose('8');
    await vote.page.getByLabel(/^Note/).fill('as the last one');
    await vote.page.reload();
    await vote.page.getByRole('button', { name: 'Propose 8' }).waitFor();
    expect(await vote.page.getByLabel(/^Note/).inputValue()).toBe('as the last one');
    expect(await group.round(1)).toMatchObject({ present: 0 });
    await vote.propose.click();
    await vote.counted();
    const kept = await vote.page.evaluate("Object.keys(localStorage).filter((key) => key.includes('draft'))");
    expect(kept).toEqual([]);
    await group.propose({ agent: 'bob', value: 8 });
    await vote.big.filter({ hasText: 'Agreed on 8' }).waitFor();
  });

  test.each([
    { motion: true, shakes: [30] },
    { motion: false, shakes: [] },
  ])('of who voted shakes the phone once at the close, unless motion is unwanted: $motion', async (one) => {
    const visitor = await set.arrive({ width: 360, height: 740, motion: one.motion });
    const name = `shake-${one.motion}`;
    const group = connect({ url: set.server.url }).group(name);
    await group.create({ preset: 'poker', rule: { electorate: { agents: ['ann', 'bob'] } } });
    const tab = await visitor.tab();
    await tab.addInitScript(
      'globalThis.shakes = []; navigator.vibrate = (ms) => { shakes.push(ms); return true; };',
    );
    const vote = await new VotePage(tab).open(visitor.server, name);
    await vote.takeSeat('ann');
    await vote.vote('8');
    await group.propose({ agent: 'bob', value: 8 });
    await vote.big.filter({ hasText: 'Agreed on 8' }).waitFor();
    await vote.page.waitForTimeout(200);
    expect(await tab.evaluate('shakes')).toEqual(one.shakes);
  });
});
