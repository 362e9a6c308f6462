import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type Running, startQuorate, until } from '../harness/server.ts';
import { binary, openChromium, Visitor } from './chromium.ts';
import { GroupPage } from './pages/group.ts';

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the page that quorate demo --open opens', () => {
  let demo: Running;
  let browser: Browser;
  let page: string;
  beforeAll(async () => {
    demo = startQuorate(['demo', '--open'], 120_000, { BROWSER: 'none' });
    [page = ''] = await until(30_000, () => /http:\S+\?guest/.exec(demo.stdout()) ?? undefined);
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    demo?.signal('SIGINT');
    await demo?.done;
  });

  test('shows agents who come in one after the other, and leads to a vote in two clicks', async () => {
    const visitor = await Visitor.arrive(browser, page);
    const tab = await visitor.tab();
    let clicks = 0;
    await tab.exposeFunction('clicked', () => {
      clicks += 1;
    });
    // Presses of the pointer alone: a label passes its click on to its radio.
    await tab.addInitScript("addEventListener('pointerdown', () => window.clicked(), true)");
    await tab.goto(page);
    const server = connect({ url: visitor.server }).group('demo');
    const group = new GroupPage(tab);
    // A round in which agents are still missing: the vote then comes before its end.
    await group.big.filter({ hasText: /^[01] of 4 in/ }).waitFor({ timeout: 40_000 });
    await group.big.filter({ hasText: /^[23] of 4 in/ }).waitFor();
    await tab.getByRole('navigation', { name: 'Your vote:' }).getByRole('link', { name: '7' }).click();
    const guest =
      (await tab
        .getByText(/^guest-\d+$/)
        .first()
        .textContent()) ?? '';
    await tab.getByRole('button', { name: 'Propose 7' }).click();
    // The vote may be the last, and then the outcome is there at once.
    await tab
      .getByText(/Durable at index|You proposed 7/)
      .first()
      .waitFor();
    expect(clicks).toBe(2);
    expect(visitor.complaints).toEqual([]);
    const { round } = await server.round('latest');
    const votes: unknown[] = [];
    for (const number of [round, round - 1].filter((one) => one > 0))
      for await (const { agent } of server.proposals(number)) votes.push(agent);
    expect(votes).toContain(guest);
    await visitor.leave();
  });

  test('gives each guest a name of their own, and lets them choose another', async () => {
    const names = new Set<string>();
    for (let i = 0; i < 2; i += 1) {
      const visitor = await Visitor.arrive(browser, page);
      const tab = await visitor.tab();
      await tab.goto(page);
      await tab.getByRole('link', { name: 'Vote', exact: true }).click();
      names.add(
        (await tab
          .getByText(/^guest-\d+$/)
          .first()
          .textContent()) ?? '',
      );
      if (i === 1) {
        await tab.getByRole('button', { name: /^Not guest-/ }).click();
        await tab.getByLabel('Your name').waitFor();
      }
      await visitor.leave();
    }
    expect(names.size).toBe(2);
  });
});
