import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type Deployment, startDeployment } from '../cluster/deployment.ts';
import type { Server } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { seriousFindings } from './axe.ts';
import { binary, openChromium, Visitor } from './chromium.ts';
import { ClusterPage } from './pages/cluster.ts';
import { voteOn } from './pulse.ts';

const etcd = etcdBinary();

/** What the page of the cluster shows of three real members of etcd and three servers, as parts of it die and come back. */

// Skipped only where there is no Chromium or no etcd; chromiumBinary and etcdBinary have said so.
describe.skipIf(binary === null || etcd === null)('the page of the cluster', () => {
  let deployment: Deployment;
  let browser: Browser;
  let visitor: Visitor;
  const ending = new AbortController();
  let voting: Promise<void>;
  beforeAll(async () => {
    deployment = await startDeployment(etcd as string);
    browser = await openChromium();
    voting = voteOn(deployment.urls, ending.signal);
  });
  afterEach(() => visitor?.leave());
  afterAll(async () => {
    ending.abort();
    await voting;
    await browser?.close();
    await deployment?.stop();
  });
  const arrive = async (width = 1600): Promise<ClusterPage> => {
    const url = deployment.servers[0]?.url as string;
    visitor = await Visitor.arrive(browser, url, { width });
    return new ClusterPage(await visitor.tab()).open(url);
  };

  test('names servers and members, and has no fault for a screen reader at any width', async () => {
    const page = await arrive();
    await page.big.filter({ hasText: '3 of 3 members up' }).waitFor();
    expect(await page.state()).toBe('QUORUM');
    expect(Object.keys(await page.members())).toEqual(['m0', 'm1', 'm2']);
    await expect
      .poll(async () => Object.entries(await page.servers()).map(([name, [state]]) => `${name} ${state}`))
      .toEqual(['server-1 this page serving', 'server-2 serving', 'server-3 serving']);
    for (const width of [1600, 800, 360]) {
      await page.page.setViewportSize({ width, height: 900 });
      expect(await page.overhang(), `${width} px`).toBe(0);
      expect(await seriousFindings(page.page), `${width} px`).toEqual([]);
    }
    expect(visitor.complaints).toEqual([]);
  });

  test('shows the leader die: another leads, votes go on, and no index is missing', async () => {
    const page = await arrive();
    await page.big.filter({ hasText: '3 of 3' }).waitFor();
    const before = await page.logIndex();
    const leader = await deployment.etcd.leader();
    await leader.kill();
    await page.big.filter({ hasText: '2 of 3' }).waitFor();
    await expect
      .poll(
        async () =>
          Object.values(await page.members())
            .map(([role = '']) => role.replace(/\d+/, 'N'))
            .sort(),
        {
          timeout: 10_000,
        },
      )
      .toEqual(['down, led term N', 'follower', 'leader']);
    expect(await page.state()).toBe('QUORUM');
    await expect.poll(() => page.logIndex(), { timeout: 10_000 }).toBeGreaterThan(before + 20);
    expect(await page.pace()).toMatch(/s was the longest time without an entry.* none is missing\./);
    leader.start();
    await page.big.filter({ hasText: '3 of 3' }).waitFor();
  });

  test('without a majority it says so; started again, all waiting votes are answered', async () => {
    const page = await arrive();
    const [one, two] = deployment.etcd.members;
    await one?.kill();
    await two?.kill();
    await page.big.filter({ hasText: '1 of 3' }).waitFor();
    expect(await page.state()).toBe('NO QUORUM');
    const group = connect({ urls: deployment.urls, retryFor: '60s' }).group('waits');
    const waiting = group.create({ rule: { electorate: { size: 1 }, threshold: 1 } });
    one?.start();
    two?.start();
    await page.big.filter({ hasText: '3 of 3' }).waitFor({ timeout: 20_000 });
    await waiting;
    expect(await page.state()).toBe('QUORUM');
  });

  test('says that its own server is gone, and goes on when it is back', async () => {
    const page = await arrive();
    const first = deployment.servers[0] as Server;
    await first.kill();
    await page.contact.filter({ hasText: 'No contact since' }).waitFor();
    expect(Object.keys(await page.servers())).toHaveLength(3);
    deployment.servers[0] = await first.again();
    await page.live();
    expect(await page.state()).toBe('QUORUM');
  });

  test('shows another server that has fallen silent', async () => {
    const page = await arrive();
    const second = deployment.servers[1] as Server;
    await second.kill();
    await expect
      .poll(async () => (await page.servers())['server-2']?.[0], { timeout: 15_000 })
      .toMatch(/^silent since \d+:\d+:\d+$/);
    deployment.servers[1] = await second.again();
    await expect
      .poll(async () => (await page.servers())['server-2']?.[0], { timeout: 15_000 })
      .toBe('serving');
  });
});
