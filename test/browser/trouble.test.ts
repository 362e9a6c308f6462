import { afterAll, describe, expect, test } from 'vitest';
import { connect, type Group } from '../../src/client/index.ts';
import { TcpProxy } from '../cluster/proxy.ts';
import { temporaryFolder } from '../harness/server.ts';
import { binary } from './chromium.ts';
import { GroupPage } from './pages/group.ts';
import { Overview } from './pages/overview.ts';
import { VotePage } from './pages/vote.ts';
import { stage } from './stage.ts';

/** Servers that die, replies that are lost and telephones that sleep: pages say so, come back, and nobody votes twice. */

const rule = { electorate: { agents: ['ann', 'bob', 'cy'] }, threshold: 2, next: 'manual' } as const;
const options = [
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' },
];

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('in trouble', () => {
  const folder = temporaryFolder();
  const set = stage(['--log', `file:${folder.path}`]);
  afterAll(() => folder.remove());

  test('the server is killed and comes back: pages say since when, then show what happened meanwhile', async () => {
    const client = connect({ url: set.server.url });
    await client.group('killed').create({ title: 'Killed', rule: { ...rule, options } });
    const visitor = await set.arrive();
    const vote = await new VotePage(await visitor.tab()).open(visitor.server, 'killed');
    await vote.takeSeat('ann');
    await vote.vote('Yes');
    const receipt = await vote.receipt.innerText();
    const group = await new GroupPage(await visitor.tab()).open(visitor.server, 'killed');
    const list = await new Overview(await visitor.tab()).open(visitor.server);
    // Each says how far the log is, though nothing has happened since it was opened.
    const { index } = await client.group('killed').round(1);
    for (const page of [vote, group, list]) expect(await page.index()).toBe(index);
    await set.server.kill();
    for (const page of [vote, group, list]) {
      await page.page
        .locator('.contact.lost')
        .filter({ hasText: /since \d\d:\d\d:\d\d/ })
        .waitFor();
      // What was known stays readable.
      expect(await page.page.locator('main').innerText()).toMatch(/Killed/);
    }
    await set.again();
    await client.group('killed').propose({ agent: 'bob', value: 'no' });
    for (const page of [vote, group, list]) await page.live();
    expect(await vote.receipt.innerText()).toBe(receipt);
    await expect.poll(() => vote.turnout()).toBe('2 of 3 in 1 missing: cy');
    await expect.poll(() => group.big.innerText()).toMatch(/2\s*of 3 in/);
    await expect.poll(() => list.row('Killed').innerText()).toContain('2 of 3 in');
    await client.group('killed').propose({ agent: 'cy', value: 'yes' });
    for (const page of [vote, group])
      await expect.poll(() => page.big.innerText()).toMatch(/Agreed on\s+Yes/);
  });

  test('a group that was deleted while nobody had contact is shown again once it is made anew', async () => {
    const group = connect({ url: set.server.url }).group('anew');
    await group.create({ rule: { ...rule, options } });
    const visitor = await set.arrive();
    const vote = await new VotePage(await visitor.tab()).open(visitor.server, 'anew');
    await vote.takeSeat('ann');
    await vote.vote('Yes');
    await vote.page.context().setOffline(true);
    await vote.page.locator('.contact.lost').waitFor();
    await group.delete();
    await vote.page.context().setOffline(false);
    await vote.page.getByText('There is no group anew here').waitFor();
    await group.create({ rule: { ...rule, options } });
    await vote.page.context().setOffline(true);
    await vote.page.context().setOffline(false);
    await expect.poll(() => vote.turnout()).toMatch(/^0 of 3 in/);
    await vote.vote('No');
    expect(await ballotsIn(group)).toEqual({ ann: 0 });
  });

  test('the reply to a vote is lost: it is not confirmed, then durable, and one ballot', async () => {
    const group = connect({ url: set.server.url }).group('lost');
    await group.create({ rule: { ...rule, options } });
    const wire = await TcpProxy.start(`127.0.0.1:${set.server.port}`);
    const visitor = await set.arrive();
    const vote = await new VotePage(await visitor.tab()).open(`http://${wire.address}`, 'lost');
    await vote.takeSeat('ann');
    await vote.choose('Yes');
    wire.hold({ replies: true });
    await vote.propose.click();
    await expect.poll(async () => (await group.round(1)).present).toBe(1);
    expect(await vote.receipt.innerText()).toMatch(/Sending Yes|Not confirmed yet/);
    wire.refuse();
    await vote.receipt.filter({ hasText: 'Not confirmed yet' }).waitFor();
    await vote.page.locator('.contact.lost').waitFor();
    wire.restore();
    await vote.counted();
    expect(await group.round(1)).toMatchObject({ present: 1, missing: ['bob', 'cy'] });
    await vote.page.reload();
    await vote.counted();
    const sent =
      "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/proposals/ann'))";
    expect(await vote.page.evaluate(`${sent}.length`), 'what is counted is not sent again').toBe(0);
    for await (const ballot of group.proposals(1))
      expect(ballot).toMatchObject({ agent: 'ann', changes: [] });
    await wire.close();
  });

  test('the page is left while its vote is on the way: whoever comes back finds it durable', async () => {
    const group = connect({ url: set.server.url }).group('left');
    await group.create({ rule: { ...rule, options } });
    const wire = await TcpProxy.start(`127.0.0.1:${set.server.port}`);
    const visitor = await set.arrive();
    const vote = await new VotePage(await visitor.tab()).open(`http://${wire.address}`, 'left');
    await vote.takeSeat('ann');
    await vote.choose('No');
    wire.hold({ requests: true });
    await vote.propose.click();
    await vote.receipt.filter({ hasText: 'Sending No' }).waitFor();
    await vote.page.close();
    wire.cut();
    wire.restore();
    expect((await group.round(1)).present).toBe(0);
    const back = await new VotePage(await visitor.tab()).open(`http://${wire.address}`, 'left');
    await back.counted();
    expect(await back.receipt.innerText()).toContain('No, hidden until the close');
    expect(await group.round(1)).toMatchObject({ present: 1 });
    await wire.close();
  });

  test('a telephone is offline, and its vote comes after the close: it says so, and that nothing of it counts', async () => {
    const group = connect({ url: set.server.url }).group('late');
    await group.create({ rule: { ...rule, options } });
    const visitor = await set.arrive({ width: 360, height: 740, lan: true });
    const vote = await new VotePage(await visitor.tab()).open(visitor.server, 'late');
    await vote.takeSeat('ann');
    await vote.choose('Yes');
    await vote.page.context().setOffline(true);
    await vote.propose.click();
    await vote.page.getByText('It is sent again by itself, and counted once.').waitFor();
    await vote.page.locator('.contact.lost').waitFor();
    await group.close(1);
    await vote.page.context().setOffline(false);
    await expect
      .poll(() => vote.alert.first().innerText())
      .toMatch(
        /not counted.*Round 1 closed at \d\d:\d\d:\d\d, before it arrived\. Nothing of it was kept\./s,
      );
    expect(await group.round(1)).toMatchObject({ present: 0, reason: 'closed-by-hand' });
  });

  test('a vote that is made while the server is dead counts once it is back', async () => {
    const group = connect({ url: set.server.url }).group('dead');
    await group.create({ rule: { ...rule, options } });
    const visitor = await set.arrive();
    const vote = await new VotePage(await visitor.tab()).open(visitor.server, 'dead');
    await vote.takeSeat('ann');
    await vote.choose('Yes');
    await group.propose({ agent: 'bob', value: 'no' });
    await set.server.kill();
    await vote.propose.click();
    await vote.receipt.filter({ hasText: 'Not confirmed yet' }).waitFor();
    await set.again();
    await vote.counted();
    expect(await ballotsIn(group)).toEqual({ ann: 0, bob: 0 });
  });

  // The request is lost on its way, or the reply to it: only the server knows which.
  test.each([
    ['request', { requests: true }],
    ['reply', { replies: true }],
  ])(
    'a telephone sleeps in the middle of a vote, its network and the %s are gone, and it wakes: one ballot',
    async (lost, held) => {
      const group = connect({ url: set.server.url }).group(`asleep-${lost}`);
      await group.create({ rule: { ...rule, options } });
      const wire = await TcpProxy.start(`127.0.0.1:${set.server.port}`);
      const visitor = await set.arrive({ width: 360, height: 740 });
      const page = await visitor.tab();
      const vote = await new VotePage(page).open(`http://${wire.address}`, group.name);
      await vote.takeSeat('ann');
      await vote.choose('Yes');
      const device = await page.context().newCDPSession(page);
      const sleep = (state: 'frozen' | 'active') => device.send('Page.setWebLifecycleState', { state });
      wire.hold(held);
      await vote.propose.click();
      await vote.receipt.filter({ hasText: 'Sending Yes' }).waitFor();
      await expect.poll(async () => (await group.round(1)).present).toBe(lost === 'reply' ? 1 : 0);
      await sleep('frozen');
      await page.context().setOffline(true);
      wire.cut();
      wire.restore();
      await group.propose({ agent: 'bob', value: 'no' });
      await page.context().setOffline(false);
      await sleep('active');
      await vote.counted();
      await expect.poll(() => vote.turnout()).toBe('2 of 3 in 1 missing: cy');
      expect(await ballotsIn(group)).toEqual({ ann: 0, bob: 0 });
      await group.propose({ agent: 'cy', value: 'yes' });
      await expect.poll(() => vote.big.innerText()).toMatch(/Agreed on\s+Yes/);
      expect((await group.round(1)).tally).toMatchObject([
        { value: 'yes', agents: ['ann', 'cy'] },
        { value: 'no', agents: ['bob'] },
      ]);
      await wire.close();
    },
  );
});

/** Who has a ballot in the first round, and how often each was changed. */
async function ballotsIn(group: Group): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for await (const { agent, changes } of group.proposals(1)) found[agent ?? ''] = changes?.length ?? 0;
  return found;
}
