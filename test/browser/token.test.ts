import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { seriousFindings } from './axe.ts';
import { binary, type Visitor } from './chromium.ts';
import { GroupPage } from './pages/group.ts';
import { Overview } from './pages/overview.ts';
import { stage } from './stage.ts';

/** What a reader may do with a token that they give a page, and that it stays in their tab. */

const token = 'of-the-administrator';

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('a page that is given a token', () => {
  const managed = stage(['--log', 'memory:'], { QUORATE_ADMIN_TOKEN: token });
  const open = stage();

  test('does what the server refused without it, and asks again where it is the wrong one', async () => {
    const visitor = await managed.arrive();
    const group = connect({ url: visitor.server, token }).group('refused');
    await group.create({ rule: { electorate: { agents: ['ann', 'bob'] }, next: 'manual' } });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'refused');
    await page.button('Close now').click();
    await page.giveToken('of-somebody-else');
    await expect.poll(() => page.alert.innerText()).toContain('does not allow it');
    expect((await group.round(1)).state).toBe('WAITING');
    expect(await seriousFindings(page.page)).toEqual([]);
    await page.giveToken(token);
    await page.big.filter({ hasText: 'No agreement' }).waitFor();
    expect(await group.round(1)).toMatchObject({ reason: 'closed-by-hand' });
    await page.button('Open round 2').click();
    await page.big.filter({ hasText: '0 of 2 in' }).waitFor();
    expectNoTrace(visitor, page.page.url(), token);
  });

  test('lists the groups with it, over a reload, until it is forgotten; another tab never had it', async () => {
    const visitor = await managed.arrive();
    await connect({ url: visitor.server, token }).group('listed').create();
    const list = await new Overview(await visitor.tab()).open(visitor.server);
    await list.giveToken(token);
    await list.row('listed').waitFor();
    await list.page.reload();
    await list.row('listed').waitFor();
    const other = await new Overview(await visitor.tab()).open(visitor.server);
    await other.page.getByText(/^This server shows the list/).waitFor();
    await list.forgetToken();
    await list.page.getByText(/^This server shows the list/).waitFor();
    expect(await list.titles()).toEqual([]);
    expectNoTrace(visitor, list.page.url(), token);
  });

  test('shows and manages a group that admits by key with its key', async () => {
    const visitor = await open.arrive();
    const client = connect({ url: visitor.server });
    const { joinKey = '' } = await client.group('closed').create({
      admission: 'key',
      rule: { electorate: { agents: ['ann', 'bob'] }, next: 'manual' },
    });
    const tab = await visitor.tab();
    await tab.goto(`${visitor.server}/g/closed`);
    const page = new GroupPage(tab);
    await page.alert.filter({ hasText: 'there is no group closed' }).waitFor();
    await tab.getByText('Use a token').click();
    await page.giveToken(joinKey);
    await page.big.filter({ hasText: '0 of 2 in' }).waitFor();
    await page.button('Close now').click();
    await page.big.filter({ hasText: 'No agreement' }).waitFor();
    expectNoTrace(visitor, tab.url(), joinKey);
  });
});

/** That the token was in no address: neither of the page nor of what it asked for. */
function expectNoTrace(visitor: Visitor, address: string, secret: string): void {
  expect([address, ...visitor.asked].filter((one) => one.includes(secret))).toEqual([]);
}
