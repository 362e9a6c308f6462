import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type Running, startQuorate, until } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { seriousFindings } from './axe.ts';
import { binary, openChromium, Visitor } from './chromium.ts';
import { ClusterPage } from './pages/cluster.ts';

const etcd = etcdBinary();

/** The page that `quorate demo --cluster --open` opens: parts of a cluster are killed by a press, and come back by one. */

// Skipped only where there is no Chromium or no etcd; chromiumBinary and etcdBinary have said so.
describe.skipIf(binary === null || etcd === null)('a demo that one takes apart', () => {
  let demo: Running;
  let browser: Browser;
  let visitor: Visitor;
  let page: ClusterPage;
  let address: string;
  let urls: readonly string[];
  beforeAll(async () => {
    demo = startQuorate(['demo', '--cluster', '--open', '--json'], 240_000, {
      BROWSER: 'none',
      ETCD_BIN: etcd as string,
    });
    const line = await until(60_000, () => /^\{.*\}$/m.exec(demo.stdout())?.[0]);
    ({ page: address, urls } = JSON.parse(line) as { page: string; urls: string[] });
    browser = await openChromium();
    visitor = await Visitor.arrive(browser, address, { width: 1600 });
    const tab = await visitor.tab();
    // A press starts or ends real processes, of which this demo has ten.
    tab.setDefaultTimeout(30_000);
    page = await new ClusterPage(tab).openDemo(address);
  });
  // What a test before has left down comes back first.
  beforeEach(async () => {
    const starts = page.page.getByRole('button', { name: /^Start .* again$/ });
    for (const name of await starts.allTextContents()) await page.button(name).click();
    await starts.first().waitFor({ state: 'detached' });
  });
  afterAll(async () => {
    await browser?.close();
    demo?.signal('SIGINT');
    await demo?.done;
  });
  const roundNow = async (): Promise<number> => {
    const { round } = await connect({ urls, retryFor: '20s' }).group('demo').round('latest');
    return round;
  };
  const goesOn = async (): Promise<void> => {
    const [index, round] = [await page.logIndex(), await roundNow()];
    await expect.poll(() => page.logIndex(), { timeout: 30_000 }).toBeGreaterThan(index + 5);
    await expect.poll(roundNow, { timeout: 30_000 }).toBeGreaterThan(round);
  };

  test('keeps its secret out of the address, and the page has no fault', async () => {
    await page.button('Kill the leader').waitFor();
    expect(page.page.url()).not.toContain('#');
    expect(await seriousFindings(page.page)).toEqual([]);
    await page.page.reload();
    await page.button('Kill the leader').waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  test('the leader is killed: the pause is seen, no index is missing, votes go on', async () => {
    await goesOn();
    await page.button('Kill the leader').click();
    await page.big.filter({ hasText: '2 of 3' }).waitFor();
    await goesOn();
    expect(await page.state()).toBe('QUORUM');
    expect(await page.pace()).toMatch(/s was the longest time without an entry.* none is missing\./);
    await page.page.getByRole('button', { name: /^Start etcd-\d again$/ }).click();
    await page.big.filter({ hasText: '3 of 3' }).waitFor();
  });

  test('the server of this page is killed: another answers, and it comes back', async () => {
    await page.button('Kill server-1').click();
    await expect
      .poll(async () => Object.keys(await page.servers()), { timeout: 30_000 })
      .toContain('server-2 this page');
    await expect
      .poll(async () => (await page.servers())['server-1']?.[0], { timeout: 30_000 })
      .toMatch(/^silent since/);
    await goesOn();
    await page.button('Start server-1 again').click();
    await expect
      .poll(async () => (await page.servers())['server-1 this page']?.[0], { timeout: 30_000 })
      .toBe('serving');
  });

  test('without any server it says that there is no contact, and goes on when one is back', async () => {
    for (const n of [1, 2, 3]) {
      await page.button(`Kill server-${n}`).click();
      await page.button(`Start server-${n} again`).waitFor();
    }
    await page.contact.filter({ hasText: 'No contact since' }).waitFor();
    for (const n of [2, 1, 3]) {
      await page.button(`Start server-${n} again`).click();
      await page.button(`Kill server-${n}`).waitFor();
    }
    await page.live();
    await goesOn();
  });

  test('two of three members are killed: no quorum and votes wait; then all are answered', async () => {
    for (const left of [2, 1]) {
      await page.button('Kill the leader').click();
      await page.big.filter({ hasText: `${left} of 3` }).waitFor();
      // The button comes back with the next leader, and without a majority not at all.
      if (left === 2) await page.button('Kill the leader').waitFor();
    }
    await expect.poll(() => page.state()).toBe('NO QUORUM');
    const before = await page.logIndex();
    const vote = connect({ urls, retryFor: '60s' })
      .group('waits')
      .create({ rule: { electorate: { size: 1 } } });
    await expect.poll(() => page.page.getByText(/No entry for/).count(), { timeout: 30_000 }).toBe(1);
    expect(await page.logIndex()).toBeLessThanOrEqual(before + 3);
    const starts = page.page.getByRole('button', { name: /^Start etcd-\d again$/ });
    for (const name of await starts.allTextContents()) {
      await page.button(name).click();
      await page.button(name).waitFor({ state: 'detached' });
    }
    await page.big.filter({ hasText: '3 of 3' }).waitFor({ timeout: 30_000 });
    await vote;
    await goesOn();
    expect(await page.pace()).toMatch(/none is missing\./);
  });

  test('takes a press from nobody else', async () => {
    const { origin, hash } = new URL(address);
    const secret = hash.slice('#demo='.length);
    const press = (headers: Record<string, string>) =>
      fetch(`${origin}/demo/server-3/kill`, { method: 'POST', headers }).then(({ status }) => status);
    expect(await press({})).toBe(403);
    expect(await press({ 'quorate-demo': `${secret.slice(1)}x` })).toBe(403);
    expect(await press({ 'quorate-demo': secret, origin: 'https://elsewhere.example' })).toBe(403);
    // A server itself has no such route.
    const own = await fetch(`${urls[0]}/demo/server-3/kill`, {
      method: 'POST',
      headers: { 'quorate-demo': secret },
    });
    expect(own.status).toBe(404);
    await page.button('Kill server-3').waitFor();
  });
});
