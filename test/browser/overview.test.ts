import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { binary } from './chromium.ts';
import { Overview } from './pages/overview.ts';
import { VotePage } from './pages/vote.ts';
import { stage } from './stage.ts';

/** The list of groups: what it teaches where there are none, and that it follows the log. */

const three = { electorate: { agents: ['ann', 'bo', 'ci'] }, threshold: 2 } as const;

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the overview', () => {
  const set = stage();

  test('where nobody has made a group, three agents agree in front of the reader', async () => {
    const visitor = await set.arrive();
    const list = await new Overview(await visitor.tab()).open(visitor.server);
    await list.page.getByRole('button', { name: 'Watch three agents agree' }).click();
    await expect.poll(() => list.big.innerText(), { timeout: 60_000 }).toMatch(/^Agreed on [1-5]$/);
    expect(await list.state()).toBe('SUCCESS');
    await expect.poll(() => list.row('Three agents, one number').innerText()).toMatch(/SUCCESS.*= [1-5]/s);
    const link = list.page.getByRole('link', { name: /^Open three-/ });
    const name = (await link.innerText()).replace('Open ', '');
    expect(await link.getAttribute('href')).toBe(`/g/${name}`);
    expect((await connect({ url: set.server.url }).group(name).show()).status).toBe('decided');
    expect(visitor.complaints).toEqual([]);
  });

  test('rows follow the log without a reload: made, voted in, decided, deleted', async () => {
    const client = connect({ url: set.server.url });
    await client.group('older').create({ rule: three });
    const visitor = await set.arrive();
    const list = await new Overview(await visitor.tab()).open(visitor.server);
    await list.row('older').waitFor();
    const lunch = client.group('lunch');
    await lunch.create({ title: 'Lunch on Friday', rule: { ...three, next: 'manual', deadline: '5m' } });
    const row = list.row('Lunch on Friday');
    await expect
      .poll(() => row.innerText())
      .toMatch(/WAITING.*0 of 3 in · ann, bo and ci missing.*[45]:\d\d left/s);
    // What has a deadline stands before what has none.
    await expect.poll(async () => (await list.titles()).slice(0, 2)).toEqual(['Lunch on Friday', 'default']);
    await lunch.propose({ agent: 'ci', value: 'pizza' });
    await expect.poll(() => row.innerText()).toContain('1 of 3 in · ann and bo missing');
    await lunch.propose({ agent: 'ann', value: 'pizza' });
    await lunch.propose({ agent: 'bo', value: 'rice' });
    await expect.poll(() => row.innerText()).toMatch(/SUCCESS.*3 of 3 in.*= "pizza"/s);
    await lunch.create({ title: 'Dinner', rule: { ...three, next: 'manual' } });
    await list.row('Dinner').waitFor();
    await lunch.delete();
    await list.row('Dinner').waitFor({ state: 'detached' });
    expect(visitor.complaints).toEqual([]);
  });

  test('a group whose name many others begin with gets its row, and one that goes while its row is read gets none', async () => {
    const client = connect({ url: set.server.url });
    const visitor = await set.arrive();
    const list = await new Overview(await visitor.tab()).open(visitor.server);
    await Promise.all(
      Array.from({ length: 21 }, (_, i) => client.group(`same-${i}`).create({ rule: three })),
    );
    await list.search.fill('same-20');
    await list.row('same-20').waitFor();
    await client.group('same').create({ title: 'The shortest', rule: three });
    await list.search.fill('The shortest');
    await list.row('The shortest').waitFor();
    const [asked, answer] = [gate(), gate()];
    await list.page.route(/prefix=short-lived/, async (route) => {
      const reply = await route.fetch();
      asked.open();
      await answer.opened;
      await route.fulfill({ response: reply });
    });
    await list.search.fill('last');
    await client.group('short-lived').create({ title: 'The last but one', rule: three });
    await asked.opened;
    await client.group('short-lived').delete();
    await client.group('after-it').create({ title: 'The last', rule: three });
    await list.row('The last').waitFor();
    const read = list.page.waitForResponse(/prefix=short-lived/);
    answer.open();
    await read;
    await client.group('after-that').create({ title: 'The very last', rule: three });
    await list.row('The very last').waitFor();
    await expect.poll(async () => (await list.titles()).toSorted()).toEqual(['The last', 'The very last']);
  });

  test('search and filters find groups, and stand in the address', async () => {
    const client = connect({ url: set.server.url });
    for (const name of ['ship-1', 'ship-2', 'ship-3'])
      await client.group(name).create({ rule: { ...three, next: 'manual' } });
    for (const agent of three.electorate.agents)
      await client.group('ship-2').propose({ agent, value: agent });
    const visitor = await set.arrive();
    const list = await new Overview(await visitor.tab()).open(visitor.server);
    await list.search.fill('SHIP');
    await expect.poll(() => list.titles()).toEqual(['ship-1', 'ship-3', 'ship-2']);
    await list.show('Failed');
    await expect.poll(() => list.titles()).toEqual(['ship-2']);
    expect(new URL(list.page.url()).search).toBe('?q=SHIP&show=failed');
    await list.page.reload();
    await expect.poll(() => list.titles()).toEqual(['ship-2']);
    await list.show('Open');
    await expect.poll(() => list.titles()).toEqual(['ship-1', 'ship-3']);
  });

  test('where there are groups the lesson of three agents is a press away', async () => {
    await connect({ url: set.server.url }).group('taught').create({ rule: three });
    const visitor = await set.arrive();
    const list = await new Overview(await visitor.tab()).open(visitor.server, '?q=taught');
    await list.row('taught').waitFor();
    await list.page.getByRole('button', { name: 'Watch three agents agree' }).click();
    await list.page.getByRole('heading', { name: '3. Two of three equal: decided' }).waitFor();
    await expect.poll(() => list.titles()).toEqual(['taught']);
    expect(visitor.complaints).toEqual([]);
  });

  test('a row does not move away under a pointer', async () => {
    const client = connect({ url: set.server.url });
    for (const name of ['stay-1', 'stay-2'])
      await client.group(name).create({ rule: { ...three, next: 'manual' } });
    const visitor = await set.arrive();
    const list = await new Overview(await visitor.tab()).open(visitor.server, '?q=stay');
    await expect.poll(() => list.titles()).toEqual(['stay-1', 'stay-2']);
    await list.row('stay-2').hover();
    await client.group('stay-1').close(1);
    await expect.poll(() => list.row('stay-1').innerText()).toContain('FAILED');
    expect(await list.titles()).toEqual(['stay-1', 'stay-2']);
    await list.search.hover();
    await expect.poll(() => list.titles()).toEqual(['stay-2', 'stay-1']);
  });

  test('a row does not move away under the keyboard', async () => {
    const client = connect({ url: set.server.url });
    for (const name of ['keys-1', 'keys-2'])
      await client.group(name).create({ rule: { ...three, next: 'manual' } });
    const visitor = await set.arrive();
    const list = await new Overview(await visitor.tab()).open(visitor.server, '?q=keys-');
    await expect.poll(() => list.titles()).toEqual(['keys-1', 'keys-2']);
    await list.row('keys-1').locator('a').focus();
    await client.group('keys-1').close(1);
    await expect.poll(() => list.row('keys-1').innerText()).toContain('FAILED');
    expect(await list.titles()).toEqual(['keys-1', 'keys-2']);
    await list.search.focus();
    await expect.poll(() => list.titles()).toEqual(['keys-2', 'keys-1']);
  });

  test('a telephone has two lines for each group', async () => {
    const client = connect({ url: set.server.url });
    const title = 'A title that is longer than a telephone is wide, by far';
    await client.group('lines').create({ title, rule: three });
    await client.group('lines').propose({ agent: 'ann', value: 1 });
    const visitor = await set.arrive({ width: 360, height: 740 });
    const list = await new Overview(await visitor.tab()).open(visitor.server, '?q=lines');
    const row = list.row(title);
    await row.waitFor();
    expect((await row.boundingBox())?.height).toBeLessThan(64);
    expect(await list.overhang()).toBe(0);
  });

  test('a round whose seats have no names needs my vote until I have voted', async () => {
    const client = connect({ url: set.server.url });
    await client.group('nameless').create({ rule: { electorate: { size: 3 } } });
    const visitor = await set.arrive();
    const vote = await new VotePage(await visitor.tab()).open(visitor.server, 'nameless');
    await vote.takeSeat('bo');
    await vote.page.locator('.dock').waitFor();
    const list = await new Overview(await visitor.tab()).open(visitor.server, '?q=nameless&show=mine');
    await expect.poll(() => list.titles()).toEqual(['nameless']);
    await vote.page.getByLabel('Your value').fill('8');
    await vote.propose.click();
    await vote.counted();
    await expect.poll(() => list.titles()).toEqual([]);
    await list.page.getByText(/^None of .* groups is like that\.$/).waitFor();
  });

  test('what needs the vote of this browser stands first and says so', async () => {
    const zucchini = connect({ url: set.server.url }).group('zucchini');
    // Of a first try, in which this seat was taken.
    await zucchini.delete().catch(() => undefined);
    await zucchini.create({ rule: three });
    const visitor = await set.arrive();
    const vote = await new VotePage(await visitor.tab()).open(visitor.server, 'zucchini');
    await vote.takeSeat('bo');
    await vote.propose.or(vote.page.getByRole('button', { name: 'Propose' })).waitFor();
    const list = await new Overview(await visitor.tab()).open(visitor.server);
    await expect.poll(async () => (await list.titles())[0]).toBe('zucchini');
    expect(await list.row('zucchini').innerText()).toContain('needs your vote · you, ann and ci missing');
    await list.show('Needs my vote');
    await expect.poll(() => list.titles()).toEqual(['zucchini']);
  });

  test('among a thousand groups the first rows are on the page, the others are found', async () => {
    const client = connect({ url: set.server.url });
    const names = Array.from({ length: 1000 }, (_, i) => `many-${i}`);
    for (let at = 0; at < names.length; at += 50)
      await Promise.all(names.slice(at, at + 50).map((name) => client.group(name).create({ rule: three })));
    const visitor = await set.arrive();
    const list = await new Overview(await visitor.tab()).open(visitor.server, '?q=many-');
    await list.page.getByText(/^60 of 1,000 found/).waitFor();
    await expect.poll(() => list.titles()).toHaveLength(60);
    expect(await list.places()).toEqual({ first: 1, last: 60, of: 1000 });
    await list.page.getByRole('button', { name: 'Show the next 60' }).click();
    await list.page.getByText(/^61 to 120 of 1,000 found/).waitFor();
    await expect.poll(() => list.titles()).toHaveLength(60);
    expect(await list.places()).toEqual({ first: 61, last: 120, of: 1000 });
    const focused = list.page.locator('.groups a:focus');
    await expect.poll(() => focused.allTextContents()).toEqual((await list.titles()).slice(0, 1));
    await list.page.getByRole('button', { name: 'Show the 60 before' }).click();
    await list.page.getByText(/^60 of 1,000 found/).waitFor();
    await list.search.fill('many-999');
    await expect.poll(() => list.titles()).toEqual(['many-999']);
  });
});

describe.skipIf(binary === null)('the overview of a server with an administrator', () => {
  const set = stage(['--log', 'memory:'], { QUORATE_ADMIN_TOKEN: 'a'.repeat(32) });

  test('says who may list groups', async () => {
    const visitor = await set.arrive();
    const list = await new Overview(await visitor.tab()).open(visitor.server);
    await list.page
      .getByText('This server shows the list of its groups to its administrator only.')
      .waitFor();
    expect(await list.titles()).toEqual([]);
  });
});

/** Something that one waits for until it is opened. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
