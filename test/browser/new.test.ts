import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { binary } from './chromium.ts';
import { GroupPage } from './pages/group.ts';
import { NewPage } from './pages/new.ts';
import { Overview } from './pages/overview.ts';
import { VotePage } from './pages/vote.ts';
import { stage } from './stage.ts';

/** The page on which somebody makes a group: what it says while one edits, and that the group is what it said. */

const token = 'of-the-administrator';

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the page of a new group', () => {
  const open = stage();
  const managed = stage(['--log', 'memory:'], { QUORATE_ADMIN_TOKEN: token });

  test('from the overview a group is made by a preset, and one votes in it', async () => {
    const visitor = await open.arrive();
    const list = await new Overview(await visitor.tab()).open(visitor.server);
    await list.page.getByRole('link', { name: 'New group' }).click();
    const page = new NewPage(list.page);
    await page.live();
    await page.choose('unanimous');
    await page.field('Name').fill('lunch');
    await page.field('Title').fill('Lunch on Friday');
    await page.choose('These agents');
    await page.field('Agents').fill('ann, bob');
    await page.field('Options').fill('pizza\nrice = Rice with beans');
    expect(await page.inWords()).toContain('They choose among pizza and Rice with beans.');
    await page.create.click();
    const group = new GroupPage(list.page);
    await group.big.filter({ hasText: '0 of 2 in' }).waitFor();
    expect(new URL(list.page.url()).pathname).toBe('/g/lunch');
    const vote = await new VotePage(await visitor.tab()).open(visitor.server, 'lunch');
    await vote.takeSeat('ann');
    await vote.vote('Rice with beans');
    const made = await connect({ url: visitor.server }).group('lunch').show();
    expect(made).toMatchObject({ preset: 'unanimous', title: 'Lunch on Friday', admission: 'open' });
    expect(made.rule).toMatchObject({
      electorate: { agents: ['ann', 'bob'] },
      threshold: 'unanimous',
      close: 'early',
    });
    expect(visitor.complaints).toEqual([]);
  });

  test('with the keyboard alone', async () => {
    const visitor = await open.arrive();
    const { page } = await new NewPage(await visitor.tab()).open(visitor.server);
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await page.getByRole('radio', { name: /^plain/ }).focus();
    await press('ArrowDown', 'ArrowDown', 'Tab');
    await page.keyboard.type('by-keys');
    await press('Tab', 'Tab', 'ArrowLeft', 'Tab');
    await page.keyboard.type('ann bob cy');
    await press('Enter');
    await new GroupPage(page).big.filter({ hasText: '0 of 3 in' }).waitFor();
    const made = await connect({ url: visitor.server }).group('by-keys').show();
    expect(made).toMatchObject({
      preset: 'majority',
      rule: { electorate: { agents: ['ann', 'bob', 'cy'] } },
    });
  });

  test('a contradiction marks both fields and says at the latter what to do, until it is put right', async () => {
    const visitor = await open.arrive();
    const page = await new NewPage(await visitor.tab()).open(
      visitor.server,
      '?preset=panel&name=review&who=agents&agents=ann,bob',
    );
    expect(await page.wrong()).toEqual({});
    await page.field('How many must be equal').fill('3');
    const fix = '3 cannot be reached by 2: lower the threshold or add agents';
    expect(await page.wrong()).toEqual({ Agents: fix, 'How many must be equal': fix });
    expect(await page.page.locator('.wrong:not(mark)').allInnerTexts()).toEqual([fix]);
    expect(await page.page.locator('.words mark.wrong').first().innerText()).toBe('At least 3 of 2');
    expect(await page.create.getAttribute('aria-disabled')).toBe('true');
    // Who presses a button that says why it cannot be pressed is led there.
    await page.create.click({ force: true });
    expect(await page.page.evaluate('document.activeElement.id')).toBe('threshold');
    await page.field('Agents').fill('ann, bob, cy');
    expect(await page.wrong()).toEqual({});
    await page.page.getByText('More settings').click();
    await page.field('Bytes of a value at most').fill('many');
    expect(Object.keys(await page.wrong())).toEqual(['Bytes of a value at most']);
    const why = page.page.locator('.why');
    expect(await why.innerText()).toBe('one setting cannot be used as it is');
    await page.field('Name').fill('Not a name');
    expect(await why.innerText()).toBe('2 things are still wrong');
    expect(visitor.asked.filter((url) => url.includes('/v1/groups/review'))).toEqual([]);
  });

  test('what stands in the form stands in the address: given on, reloaded, gone back to', async () => {
    const visitor = await open.arrive();
    const page = await new NewPage(await visitor.tab()).open(visitor.server);
    await page.choose('Panels');
    await page.field('Name').fill('board');
    await page.field('Panel 1').fill('models');
    await page.field('Agents').first().fill('gpt, opus');
    await page.field('Agents').nth(1).fill('ann');
    await page.field('Deadline').fill('1 h');
    const lines = await page.lines();
    expect(lines[0]).toContain('--deadline 1h');
    await page.page.reload();
    await page.live();
    expect(await page.lines()).toEqual(lines);
    const other = await new NewPage(await (await open.arrive()).tab()).open(
      visitor.server,
      new URL(page.page.url()).search,
    );
    expect(await other.lines()).toEqual(lines);
    await page.create.click();
    await new GroupPage(page.page).big.filter({ hasText: '0 of 3 in' }).waitFor();
    await page.page.goBack();
    await page.live();
    expect(await page.lines()).toEqual(lines);
  });

  test('a name that is taken is told at the name, and the group stays as it is', async () => {
    const visitor = await open.arrive();
    const client = connect({ url: visitor.server });
    await client.group('mine').create({ title: 'Mine' });
    await client.group('closed').create({ admission: 'key' });
    const page = await new NewPage(await visitor.tab()).open(visitor.server, '?preset=poker');
    await page.create.click();
    expect(await page.wrong()).toEqual({ Name: 'Give the group a name.' });
    await page.field('Name').fill('Mine');
    expect((await page.wrong()).Name).toMatch(/^A name begins with a-z/);
    for (const [name, ...before] of [['mine'], ['closed'], ['twin', { preset: 'poker' }]] as const) {
      for (const settings of before) await client.group(name).create(settings);
      await page.field('Name').fill(name);
      await page.create.click();
      await expect
        .poll(() => page.wrong())
        .toEqual({ Name: `There is a group ${name} already: choose another name.` });
    }
    expect(await client.group('mine').show()).toMatchObject({ title: 'Mine', preset: null });
    await page.field('Name').fill('mine-too');
    expect(await page.wrong()).toEqual({});
  });

  test('what the server finds wrong stands at the fields too', async () => {
    const visitor = await open.arrive();
    const page = await new NewPage(await visitor.tab()).open(visitor.server, '?name=newer&title=x');
    // As a server of another version would, whose rules differ from those of the page.
    await page.page.route('**/v1/groups/newer', (route) =>
      route.fulfill({
        status: 400,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          code: 'invalid-rule',
          title: 'The rule cannot be used',
          detail: 'x',
          fix: 'x',
          outcome: 'not-executed',
          errors: [
            {
              field: 'rule.floor and rule.electorate',
              fields: ['rule.floor', 'rule.electorate'],
              fix: 'no longer',
            },
          ],
        }),
      }),
    );
    await page.create.click();
    await expect
      .poll(() => page.wrong())
      .toEqual({ 'How many agents': 'no longer', 'At least this many in': 'no longer' });
    await page.field('Title').fill('y');
    expect(await page.wrong()).toEqual({});
  });

  test('the keys of a group and the links of those who are invited are shown once, and each link takes one person to the vote', async () => {
    const visitor = await open.arrive();
    const page = await new NewPage(await visitor.tab()).open(
      visitor.server,
      '?preset=gate&name=deploy&who=agents&agents=ann,bob',
    );
    await page.create.click();
    await page.page.getByText('/vote?as=bob#').waitFor();
    const [joinKey = '', observerKey = '', annLink = '', bobLink = ''] = await page.page
      .locator('.made code')
      .allTextContents();
    expect(await page.page.evaluate('document.activeElement.tagName')).toBe('H1');
    const secrets = [joinKey, observerKey, annLink.split('#')[1], bobLink.split('#')[1]] as string[];
    expect(new Set(secrets.map((secret) => secret.length))).toEqual(new Set([32]));
    await page.page.getByLabel('Invite somebody').fill('eve');
    await page.page.getByRole('button', { name: 'Make the link' }).click();
    await page.alert.filter({ hasText: 'eve' }).waitFor();
    const vote = new VotePage(await (await open.arrive()).tab());
    await vote.page.goto(annLink);
    await vote.vote('approve');
    const last = new VotePage(await (await open.arrive()).tab());
    await last.page.goto(bobLink);
    await last.choose('approve');
    await last.propose.click();
    await page.page.getByRole('link', { name: 'Open the group' }).click();
    await new GroupPage(page.page).big.filter({ hasText: 'Agreed on' }).waitFor();
    const reader = connect({ url: visitor.server, token: observerKey }).group('deploy');
    expect(await reader.show()).toMatchObject({ preset: 'gate', admission: 'invite', status: 'idle' });
    for (const address of [page.page.url(), ...visitor.asked])
      expect(secrets.filter((secret) => address.includes(secret))).toEqual([]);
    await page.page.goBack();
    await page.create.waitFor();
    expect(await page.page.content()).not.toContain(joinKey);
  });

  test('refused without the token of the administrator, a group is made with it', async () => {
    const visitor = await managed.arrive();
    const page = await new NewPage(await visitor.tab()).open(visitor.server, '?name=managed');
    await page.create.click();
    await page.alert.filter({ hasText: "administrator's token" }).waitFor();
    await page.giveToken(token);
    await new GroupPage(page.page).big.filter({ hasText: '0 of 3 in' }).waitFor();
    expect(await connect({ url: visitor.server }).group('managed').show()).toMatchObject({ preset: null });
    for (const address of [page.page.url(), ...visitor.asked]) expect(address).not.toContain(token);
    const again = await new NewPage(page.page).open(visitor.server, '?name=next');
    expect((await again.lines()).join()).not.toContain(token);
    expect((await again.lines())[0]).toContain('--token-file admin-token');
  });
});
