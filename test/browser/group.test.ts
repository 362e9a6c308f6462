import type { Download } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { binary } from './chromium.ts';
import { GroupPage } from './pages/group.ts';
import { scanned } from './qr.ts';
import { stage } from './stage.ts';

const token = 'of-the-administrator';

/** What the page of a group shows as things happen, and what its buttons do. */

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the page of a group', () => {
  const open = stage();
  const managed = stage(['--log', 'memory:'], { QUORATE_ADMIN_TOKEN: token });
  const arrive = open.arrive.bind(open);

  test('shows who comes in, and no value before the close', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('blind');
    const agents = ['cy', 'ann', 'bob'];
    await group.create({ rule: { electorate: { agents }, next: 'manual' } });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'blind');
    await page.big.filter({ hasText: '0 of 3 in' }).waitFor();
    // What the page has read counts, before anything happens.
    const { index } = await group.round('latest');
    await expect.poll(() => page.index()).toBe(index);
    await group.propose({ agent: 'bob', value: 'value-4711', note: 'note-4711' });
    await page.big.filter({ hasText: '1 of 3 in' }).waitFor();
    expect((await page.rounds()).at(-1)).toContain('1 of 3 in');
    await page.page.locator('.seat.in').waitFor();
    expect(Object.keys(await page.seats())).toEqual(['cy', 'ann', 'bob']);
    expect((await page.seats()).bob).toMatch(/in, hidden/);
    expect((await page.seats()).ann).toMatch(/missing/);
    expect(await page.page.content()).not.toContain('4711');
    await group.propose({ agent: 'cy', value: 'value-4711' });
    await group.propose({ agent: 'ann', value: 'other' });
    await page.big.filter({ hasText: 'Agreed on value-4711' }).waitFor();
    await page.page.getByText('note-4711').waitFor();
    expect(await page.tally()).toBe('value-4711: 2 of 3, bob and cy. other: 1 of 3, ann. 2 decide.');
    const rows = (await page.table()).map(([agent, value]) => [agent, value]);
    expect(rows).toEqual([
      ['bob', 'value-4711'],
      ['cy', 'value-4711'],
      ['ann', 'other'],
    ]);
    expect(await page.page.title()).toBe('blind: agreed on value-4711 - Quorate');
    expect(visitor.complaints).toEqual([]);
  });

  test('steps through the rounds with keys and addresses, and back', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('steps');
    await group.create({ rule: { electorate: { size: 2 }, threshold: 2, next: 'continuous' } });
    for (const [one, other] of [
      ['a', 'b'],
      ['c', 'c'],
    ] as const) {
      const { round } = await group.propose({ agent: 'ann', value: one });
      await group.propose({ agent: 'bob', value: other, round });
    }
    const { page } = await new GroupPage(await visitor.tab()).open(visitor.server, 'steps');
    const big = page.locator('.head .big');
    await big.filter({ hasText: '0 of 2 in' }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await big.filter({ hasText: 'Agreed on c' }).waitFor();
    expect(page.url()).toMatch(/\?round=2$/);
    await page.keyboard.press('ArrowLeft');
    await big.filter({ hasText: 'No agreement' }).waitFor();
    expect(await page.locator('.rounds [aria-current=page]').textContent()).toMatch(/^1/);
    await page.goBack();
    await big.filter({ hasText: 'Agreed on c' }).waitFor();
    await page.reload();
    await big.filter({ hasText: 'Agreed on c' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await big.filter({ hasText: '0 of 2 in' }).waitFor();
    expect(page.url()).toMatch(/\/g\/steps$/);
  });

  test('stays with a past round while others open and close', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('past');
    await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
    await group.propose({ agent: 'ann', value: 'first' });
    const tab = await visitor.tab();
    await tab.goto(`${visitor.server}/g/past?round=1`);
    const { big } = new GroupPage(tab);
    await big.filter({ hasText: 'Agreed on first' }).waitFor();
    await group.propose({ agent: 'ann', value: 'second' });
    await tab.locator('.rounds').getByText('= second').waitFor();
    expect(await big.textContent()).toBe('Agreed on first');
  });

  test('closes a round, puts its deadline off and opens the next', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('hand');
    const rule = { electorate: { agents: ['ann', 'bob'] }, next: 'manual', deadline: '10m' } as const;
    await group.create({ rule });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'hand');
    await page.button('Extend by 2 min').click();
    await page.page.locator('.clock').filter({ hasText: '11:' }).waitFor();
    await page.page.getByText(/^The deadline is now \d\d:\d\d:\d\d\.$/).waitFor();
    await page.button('Close now').click();
    await page.big.filter({ hasText: 'No agreement' }).waitFor();
    expect(await group.round(1)).toMatchObject({ state: 'FAILED', reason: 'closed-by-hand' });
    await page.button('Open round 2').click();
    await page.big.filter({ hasText: '0 of 2 in' }).waitFor();
    expect(await group.round('open')).toMatchObject({ round: 2 });
  });

  test('waives a seat with a reason', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('waived');
    await group.create({ rule: { electorate: { agents: ['ann', 'bob', 'cy'] } } });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'waived');
    await page.page.getByText('Waive a seat').click();
    await page.page.getByLabel('Seat', { exact: true }).selectOption('cy');
    await page.page.getByLabel('Why').fill('on holiday');
    await page.button('Waive cy').click();
    await page.page.locator('.seat.waived').filter({ hasText: 'waived: on holiday' }).waitFor();
    await page.big.filter({ hasText: '0 of 2 in' }).waitFor();
    expect(await group.round(1)).toMatchObject({ waived: [{ agent: 'cy', reason: 'on holiday' }] });
  });

  test('says why the server refuses, and changes nothing', async () => {
    const visitor = await managed.arrive();
    const admin = connect({ url: visitor.server, token });
    const group = admin.group('managed');
    await group.create({ rule: { electorate: { agents: ['ann'] } } });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'managed');
    await page.button('Close now').click();
    await page.alert.waitFor();
    expect(await page.alert.textContent()).toMatch(/this needs the administrator's token/i);
    expect(await group.round(1)).toMatchObject({ state: 'WAITING' });
  });

  test('shows messages with who has acknowledged them, and of one for others its place alone', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('talk');
    await group.create({ rule: { electorate: { agents: ['ann', 'bob'] } } });
    const ann = await group.join('ann');
    const bob = await group.join('bob');
    await ann.say('Passkeys only', { ackBy: 'all' });
    const { page } = await new GroupPage(await visitor.tab()).open(visitor.server, 'talk');
    const messages = page.locator('.messages li');
    await messages.filter({ hasText: 'ann Passkeys only acknowledged by 1 of 2, not yet by bob' }).waitFor();
    const { offset } = await ann.say('for-bob-alone', { to: ['bob'] });
    await messages.filter({ hasText: 'a message for others' }).waitFor();
    await bob.setCursor(offset);
    await messages.filter({ hasText: 'acknowledged by all 2' }).waitFor();
    expect(await page.content()).not.toContain('for-bob-alone');
    await Promise.all([ann.leave(), bob.leave()]);
  });

  test('saves the rounds as CSV', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('saved');
    await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'manual' } });
    await group.propose({ agent: 'ann', value: 8 });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'saved');
    const saved = page.page.waitForEvent('download');
    await page.button('Rounds as CSV').click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe('saved-rounds.csv');
    expect(await text(file)).toMatch(/^round,state,reason,value/);
  });

  test('gives phones a code that they read, in the dark too, and the same address to copy', async () => {
    for (const dark of [false, true]) {
      const visitor = await arrive({ lan: true, dark });
      await connect({ url: open.server.url })
        .group('phones')
        .create({ rule: { electorate: { size: 2 } } });
      const { page } = await new GroupPage(await visitor.tab()).open(visitor.server, 'phones');
      const link = `${visitor.server}/g/phones/vote`;
      expect(await scanned(page.getByRole('img', { name: `QR code of ${link}` }))).toBe(link);
      await page.getByText(link, { exact: true }).waitFor();
      // Without a secure context there is no clipboard to write to.
      await page.getByRole('button', { name: 'Copy the link' }).click();
      expect(await page.evaluate('String(getSelection())')).toBe(link);
      expect(visitor.complaints).toEqual([]);
    }
  });

  test('at an address of this machine alone offers phones no code, and says how to let them in', async () => {
    const visitor = await arrive();
    await connect({ url: visitor.server })
      .group('alone')
      .create({ rule: { electorate: { size: 2 } } });
    const { page } = await new GroupPage(await visitor.tab()).open(visitor.server, 'alone');
    await page.getByText('quorate server --lan', { exact: true }).waitFor();
    expect(await page.getByRole('img', { name: 'QR code' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Copy the link' }).waitFor();
  });

  test('saves a closed round as JSON, and gives its link', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('whole');
    await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
    await group.propose({ agent: 'ann', value: { answer: 42 } });
    const tab = await visitor.tab();
    await tab.goto(`${visitor.server}/g/whole?round=1`);
    const page = new GroupPage(tab);
    const saved = tab.waitForEvent('download');
    await page.button('This round as JSON').click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe('whole-round-1.json');
    expect(JSON.parse(await text(file))).toMatchObject({ round: 1, state: 'SUCCESS', value: { answer: 42 } });
    await tab.getByText(`${visitor.server}/g/whole?round=1`, { exact: true }).waitFor();
  });

  test('offers earlier rounds only while they are kept', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('kept');
    const rule = { electorate: { size: 1 }, threshold: 1, next: 'continuous' } as const;
    await group.create({ rule, retention: { rounds: 9 } });
    for (let round = 1; round <= 12; round += 1) await group.propose({ agent: 'ann', value: round, round });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'kept');
    await expect.poll(async () => (await page.rounds()).length).toBe(9);
    expect((await page.rounds())[0]).toBe('…earlier');
    await page.page.locator('.rounds a').first().click();
    await page.big.filter({ hasText: 'Agreed on 5' }).waitFor();
    await expect.poll(async () => (await page.rounds())[0]).toBe('4SUCCESS = 4');
    await page.page.goto(`${visitor.server}/g/kept?round=2`);
    await page.alert.filter({ hasText: 'round 2' }).waitFor();
  });

  test('leads to its history as a diagram', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('drawn');
    await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'manual' } });
    await group.propose({ agent: 'ann', value: 8 });
    const { page } = await new GroupPage(await visitor.tab()).open(visitor.server, 'drawn');
    await page.getByRole('link', { name: 'As a diagram' }).click();
    await page.waitForURL(/\/play\?group=drawn$/);
    await page.getByText('drawn').first().waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  test('of a round that is not there says so, and leads to the latest', async () => {
    const visitor = await arrive();
    const group = connect({ url: visitor.server }).group('short');
    await group.create({ rule: { electorate: { size: 2 } } });
    const tab = await visitor.tab();
    await tab.goto(`${visitor.server}/g/short?round=7`);
    const page = new GroupPage(tab);
    await page.alert.filter({ hasText: 'round 7' }).waitFor();
    await tab.getByRole('link', { name: 'Show the latest round' }).click();
    await page.big.filter({ hasText: '0 of 2 in' }).waitFor();
  });

  test('of a group that is not there says so', async () => {
    const visitor = await arrive();
    const tab = await visitor.tab();
    await tab.goto(`${visitor.server}/g/nowhere`);
    const { alert } = new GroupPage(tab);
    await alert.filter({ hasText: 'there is no group nowhere' }).waitFor();
  });
});

async function text(file: Download): Promise<string> {
  let all = '';
  for await (const part of await file.createReadStream()) all += String(part);
  return all;
}
