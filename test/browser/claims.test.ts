import { describe, expect, test } from 'vitest';
import { connect, type Group } from '../../src/client/index.ts';
import { binary } from './chromium.ts';
import { plain } from './pages/frame.ts';
import { GroupPage } from './pages/group.ts';
import { stage } from './stage.ts';

const token = 'of-the-administrator';
const rule = { electorate: { size: 1 }, next: 'manual' } as const;

/** What the page of a group shows of the claim on a decision: who acts on it, until when, and what came of it. */

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the claim on a decision', () => {
  const set = stage(['--log', 'memory:'], { QUORATE_ADMIN_TOKEN: token });

  async function decided(server: string, name: string, how: object = rule): Promise<Group> {
    const group = connect({ url: server, token }).group(name);
    await group.create({ rule: { ...rule, ...how } });
    await group.propose({ agent: 'ann', value: 'approve', round: 1 });
    return group;
  }

  const part = (page: GroupPage) => page.page.getByRole('region', { name: 'Claim' });
  const history = async (page: GroupPage): Promise<string[]> => {
    const rows = await page.page.getByRole('region', { name: 'Audit list' }).locator('tbody tr').all();
    return Promise.all(rows.map(async (row) => plain(await row.locator('td').last().textContent())));
  };

  test('is shown as it is taken, given back, runs out and is spent, and stands in the history', async () => {
    const visitor = await set.arrive();
    const group = await decided(visitor.server, 'live');
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'live');
    await page.big.filter({ hasText: 'Agreed on approve' }).waitFor();
    expect(await part(page).count()).toBe(0);
    const first = await group.claim(1, { holder: 'run-1', lease: '1h' });
    await part(page).filter({ hasText: 'run-1 acts on this decision.' }).waitFor();
    expect(plain(await part(page).innerText())).toMatch(
      new RegExp(`Fence ${first.fence} Lease ends in (59:|1 h 0)`),
    );
    await first.release();
    await part(page).filter({ hasText: 'was given back, or its lease ran out' }).waitFor();
    // A run that dies: nobody renews its lease.
    await fetch(`${visitor.server}/v1/groups/live/rounds/1/claim`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ holder: 'run-2', lease: '1s' }),
    });
    await part(page).filter({ hasText: 'run-2 acts' }).waitFor();
    await part(page).filter({ hasText: 'was given back, or its lease ran out' }).waitFor();
    const last = await group.claim(1, { holder: 'run-3' });
    await last.done({ version: '1.4' });
    await part(page)
      .filter({ hasText: 'run-3 has acted on this decision. Nobody can do so again.' })
      .waitFor();
    expect(plain(await part(page).innerText())).toContain('Result: {"version":"1.4"}');
    const said = await history(page);
    expect(said.slice(0, 6)).toEqual([
      'run-3 has acted on it, and said so',
      `run-3 claimed the decision, fence ${last.fence}`,
      expect.stringMatching(/^the lease of the claim with fence \d+ ran out$/),
      expect.stringMatching(/^run-2 claimed the decision, fence \d+$/),
      `the claim with fence ${first.fence} was given back`,
      `run-1 claimed the decision, fence ${first.fence}`,
    ]);
    // Who comes later sees how it stands.
    await page.page.reload();
    await part(page).filter({ hasText: 'run-3 has acted' }).waitFor();
    expect((await history(page)).slice(0, 2)).toEqual(said.slice(0, 2));
    expect(visitor.complaints).toEqual([]);
  });

  test('that is renewed shows its new end', async () => {
    const visitor = await set.arrive();
    const group = await decided(visitor.server, 'renewed');
    const claim = await group.claim(1, { lease: '10s' });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'renewed');
    await part(page).filter({ hasText: 'acts on this decision' }).waitFor();
    const { until } = await group.readClaim(1);
    await expect
      .poll(async () => Date.parse((await group.readClaim(1)).until ?? '') - Date.parse(until ?? ''), {
        timeout: 30_000,
      })
      .toBeGreaterThan(5000);
    // By now the lease that was shown first is as good as over.
    await expect.poll(() => part(page).innerText(), { timeout: 20_000 }).toMatch(/Lease ends in\s+[6-9]/);
    await claim.release();
  });

  test('on an earlier round is shown there, and leaves the open round as it is', async () => {
    const visitor = await set.arrive();
    const group = await decided(visitor.server, 'earlier', { next: 'continuous' });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'earlier');
    await page.big.filter({ hasText: '0 of 1 in' }).waitFor();
    const claim = await group.claim(1, { holder: 'run-1' });
    await expect.poll(() => page.index()).toBeGreaterThanOrEqual(claim.fence);
    expect(await page.big.innerText()).toContain('of 1 in');
    expect(await part(page).count()).toBe(0);
    await page.page.keyboard.press('ArrowLeft');
    await part(page).filter({ hasText: 'run-1 acts' }).waitFor();
    await claim.done();
    await part(page).filter({ hasText: 'run-1 has acted' }).waitFor();
  });

  test('that is stuck is given back by who manages the group, and by nobody else', async () => {
    const visitor = await set.arrive();
    const group = await decided(set.server.url, 'stuck');
    const claim = await group.claim(1, { holder: 'run-1', lease: '1h' });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'stuck');
    await part(page).filter({ hasText: 'run-1 acts' }).waitFor();
    await page.button('Give the claim back').click();
    await page.alert.filter({ hasText: /administrator's token/i }).waitFor();
    expect((await group.readClaim(1)).state).toBe('held');
    await page.giveToken(token);
    await part(page).filter({ hasText: 'was given back' }).waitFor();
    expect(await page.button('Give the claim back').count()).toBe(0);
    expect((await group.readClaim(1)).state).toBe('free');
    await expect(claim.done()).rejects.toMatchObject({ code: 'stale-fence' });
  });
});
