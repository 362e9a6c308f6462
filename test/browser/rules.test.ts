import { beforeAll, describe, expect, test } from 'vitest';
import { seriousFindings } from './axe.ts';
import { binary } from './chromium.ts';
import { GroupPage } from './pages/group.ts';
import { setRules } from './scene-rules.ts';
import { stage } from './stage.ts';

/** What the page of a group shows of rounds under each kind of rule. */

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the page of a group under', () => {
  const open = stage();
  beforeAll(() => setRules(open.server.url));

  async function page(name: string, query = ''): Promise<GroupPage> {
    const visitor = await open.arrive();
    return new GroupPage(await visitor.tab()).open(visitor.server, name + query);
  }

  test.each([
    ['window-agreed', '7.5 to 8.5: 3 of 5, ann, bob and cy. 6: 1 of 5, eve. 12: 1 of 5, dan. 3 decide.'],
    ['window-failed', '7.5 to 8.5: 3 of 5, ann, bob and cy. 12 to 12.5: 2 of 5, dan and eve. 4 decide.'],
  ])('a tolerance shows windows: %s', async (name, said) => {
    const group = await page(name);
    await expect.poll(() => group.tally()).toBe(said);
  });

  test('weights counts them, also of who abstained', async () => {
    const group = await page('weighted');
    await expect
      .poll(() => group.tally())
      .toBe(
        'roof: 60 of 100, ann and cy. garden: 35 of 100, bob and dan. 51 decide. Each agent is as wide as it weighs.',
      );
  });

  test('parts shows each with its own line, and who did not have to be asked', async () => {
    const group = await page('parts-agreed');
    await expect
      .poll(() => group.parts())
      .toEqual([
        'dev 3 of 3 in, reached. ship: 2 of 3, ann and bob. wait: 1 of 3, cy. 2 decide.',
        'ops 1 of 1 in, reached. ship: 1 of 1, dan. 1 decides.',
        'security 2 of 2 in, not reached. ship: 1 of 2, ann. wait: 1 of 2, eve. 2 decide.',
        'board 0 of 2 in, not reached, only where the others cannot agree',
      ]);
    await group.page.getByText('Did not have to be asked: fay and gus.').waitFor();
    const still = await page('parts-open');
    await expect
      .poll(async () => (await still.seats()).fay)
      .toMatch(/^fay of board asked only if the others/);
    expect((await still.seats()).ann).toMatch(/^ann of dev and security in, ship/);
  });

  test('a veto says whose it was', async () => {
    const group = await page('vetoed');
    await expect.poll(() => group.tally()).toMatch(/false: 1 of 5, eve, veto of eve\./);
    const first = group.page.locator('.notes li').first();
    expect(await first.innerText()).toMatch(/eve veto Why eve says so/);
  });

  test('a rule that was changed since shows the rule that the round had', async () => {
    const group = await page('rule-changed', '?round=1');
    await group.page.getByText('Round 1 has this rule.').waitFor();
    await group.page.getByText('At least 3 of 5', { exact: true }).waitFor();
    expect(await group.tally()).toMatch(/3 decide\.$/);
  });

  test('thirty-five seats shows who is missing first, and folds those who are in', async () => {
    const group = await page('large-open');
    await group.big.filter({ hasText: '28 of 35 in' }).waitFor();
    await group.page.getByText('28 who are in', { exact: true }).waitFor();
    const shown = await group.page.locator('.seats:visible > .seat').allInnerTexts();
    expect(shown).toHaveLength(7);
    await group.page.getByText('28 who are in', { exact: true }).click();
    expect(await group.page.locator('.seats:visible > .seat').count()).toBe(35);
  });

  test('a thousand seats shows windows and bins of all proposals', async () => {
    const group = await page('large-near');
    await expect.poll(() => group.tally()).toMatch(/^40 to 45: 251 of 1,000, /);
    await expect.poll(() => group.page.locator('.axis .bin').count()).toBe(20);
    expect(await group.page.locator('.axis .dot').count()).toBe(0);
    expect(await group.overhang()).toBe(0);
  });

  test.each([
    'window-agreed',
    'weighted',
    'parts-agreed',
    'parts-open',
    'vetoed',
    'large-open',
    'large-near',
  ])('%s has no serious fault for a screen reader, and is never wider than the window', async (name) => {
    const group = await page(name);
    await group.page.locator('.tally, .seats').first().waitFor();
    for (const width of [1600, 800, 360, 320]) {
      await group.page.setViewportSize({ width, height: 740 });
      expect(await group.overhang(), `${width} px`).toBe(0);
    }
    await group.page.emulateMedia({ colorScheme: 'dark' });
    expect(await seriousFindings(group.page)).toEqual([]);
  });

  test('a secret ballot shows weights and no value', async () => {
    const group = await page('never-shown');
    await expect.poll(() => group.tally()).toBe('not shown: 3 of 5. not shown: 1 of 5. 3 decide.');
  });
});
