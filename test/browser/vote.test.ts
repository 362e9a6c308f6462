import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { connect, type GroupSettings } from '../../src/client/index.ts';
import { binary, type Looks, type Visitor } from './chromium.ts';
import { plain } from './pages/frame.ts';
import { GroupPage } from './pages/group.ts';
import { VotePage } from './pages/vote.ts';
import { stage } from './stage.ts';

/** The page where people vote: who they are, each state of a vote, what they type, and the keyboard alone. */

const phone: Looks = { width: 360, height: 740, lan: true };
const estimate: GroupSettings = { preset: 'poker', title: 'Log in with a passkey' };
const three = { electorate: { agents: ['ann', 'bob', 'cy'] } };

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the page of a vote', () => {
  const set = stage();
  let groups = 0;
  const visitors: Visitor[] = [];

  afterEach(() => {
    for (const visitor of visitors.splice(0)) {
      // Refusals and lost contact are what is tried here; Chromium mentions each.
      expect(visitor.complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
      expect(visitor.strangers()).toEqual([]);
    }
  });

  const arrive = async (looks: Looks = phone): Promise<Visitor> => {
    const visitor = await set.arrive(looks);
    visitors.push(visitor);
    return visitor;
  };
  const at = async (visitor: Visitor, group: string, more = ''): Promise<VotePage> =>
    new VotePage(await visitor.tab()).open(visitor.server, group, more);
  const create = async (settings: GroupSettings) => {
    groups += 1;
    const group = connect({ url: set.server.url }).group(`vote-${groups}`);
    return { name: group.name, group, created: await group.create(settings) };
  };
  /** A person who has a seat in the group, at a page of their own. */
  const seated = async (group: string, agent: string, looks: Looks = phone): Promise<VotePage> => {
    const page = await at(await arrive(looks), group);
    await page.takeSeat(agent);
    await page.page.locator('.dock').waitFor();
    return page;
  };
  const says = async (page: VotePage, text: string | RegExp): Promise<void> =>
    page.page.getByText(text).first().waitFor();
  test('a round keeps what it promised, also when the rule of the group is another since', async () => {
    const { name, group } = await create({ ...estimate, rule: { ...three, reveal: 'close', revote: false } });
    await group.create({ ...estimate, rule: { ...three, reveal: 'live', revote: true } });
    const ann = await seated(name, 'ann');
    await says(ann, 'Nobody sees your vote before the close.');
    await ann.vote('8', 'as before');
    await says(ann, '8, hidden until the close');
    expect(await ann.page.getByRole('button', { name: 'Change' }).count()).toBe(0);
  });

  test('who may veto has a card for it, and says why to whoever looks at the group', async () => {
    const options = ['approve', 'reject'];
    const { name } = await create({
      rule: { ...three, options, veto: ['cy'], reveal: 'live', close: 'early', next: 'manual' },
    });
    const ann = await seated(name, 'ann');
    expect(await ann.cards()).toEqual(['approve', 'reject', '– abstain']);
    await ann.vote('approve', 'tests are green');
    const looker = await arrive();
    const looking = await new GroupPage(await looker.tab()).open(looker.server, name);
    await looking.page.locator('.notes').getByText('tests are green').waitFor();
    const cy = await at(await arrive(), name);
    // Who is in is not asked whether it is them.
    const names = cy.page.locator('form').getByRole('button').filter({ hasNotText: 'Take the seat' });
    await expect.poll(() => names.allInnerTexts()).toEqual(['bob', 'cy']);
    await cy.takeSeat('cy');
    await cy.choose('veto');
    await cy.page.getByLabel(/^Note/).fill('freeze until Monday');
    await cy.propose.click();
    await looking.big.filter({ hasText: 'No agreement' }).waitFor();
    await looking.page
      .locator('.notes li')
      .filter({ hasText: /veto.*cy.*freeze until Monday/s })
      .waitFor();
  });

  test('an observer who proposes all the same is told why it is not counted', async () => {
    const { name, group, created } = await create({ admission: 'invite', rule: { electorate: { size: 2 } } });
    const manager = group.as(created.joinKey ?? '');
    const { secret } = await manager.invite('lena', { role: 'observer' });
    const lena = await at(await arrive(), name, `?as=lena#${secret}`);
    await lena.page.getByLabel('Your value').fill('8');
    await lena.propose.click();
    await lena.alert.filter({ hasText: /observer/i }).waitFor();
    expect(await manager.round(1)).toMatchObject({ present: 0 });
  });

  test('a name that another device has is told with the time, and a free one is offered', async () => {
    const { name } = await create({ ...estimate, rule: { electorate: { size: 3 } } });
    await seated(name, 'cy');
    const late = await at(await arrive(), name);
    await late.takeSeat('CY');
    expect(plain(await late.alert.innerText())).toMatch(
      /^cy is taken since \d\d:\d\d:\d\d, by another device\. Take another name/,
    );
    await late.page.getByRole('button', { name: 'Take cy-2' }).click();
    await says(late, 'cy-2');
    await late.vote('5');
  });

  test('who comes back to a page after the lease of a day has ended takes part again', async () => {
    const group = connect({ url: set.server.url }).group('day-after');
    await group.create({
      rule: { electorate: { live: { min: 1, max: 3 } }, options: ['yes', 'no'], next: 'manual' },
    });
    const vote = await seated('day-after', 'ann');
    await expect.poll(() => vote.turnout()).toBe('0 of 1 in 1 missing: ann');
    const kept = await vote.page.evaluate("localStorage.getItem('/ quorate.in.day-after')");
    const { token } = JSON.parse(String(kept)) as { readonly token: string };
    await group.as(token).leave('ann');
    const live = async () => (await group.agents()).map((one) => [one.agent, one.live]);
    expect(await live()).toEqual([['ann', false]]);
    await vote.page.evaluate('{ const of = Date.now; Date.now = () => of() + 86_400_000; }');
    await vote.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await expect.poll(live).toEqual([['ann', true]]);
    await expect.poll(() => vote.turnout()).toBe('0 of 1 in 1 missing: ann');
    await vote.choose('yes');
    await vote.propose.click();
    await expect.poll(() => vote.big.innerText()).toMatch(/Agreed on\s+yes/);
  });

  test('the names of a rule are the only ones, and are said', async () => {
    const { name } = await create({ ...estimate, rule: three });
    const eve = await at(await arrive(), name);
    await says(eve, 'ann, bob and cy vote here.');
    await eve.takeSeat('eve');
    expect(plain(await eve.alert.innerText())).toBe(
      'Only ann, bob and cy vote here. Take one of these names.',
    );
    await eve.takeSeat('!');
    expect(plain(await eve.alert.innerText())).toBe('A name has a letter of a-z or a digit in it.');
  });

  test('a link to the vote of a guest joins nothing: that is done by a press on the page of the group', async () => {
    const { name, group } = await create({ rule: { electorate: { live: { min: 2, max: 9 } } } });
    const visitor = await arrive();
    const { page: tab } = await at(visitor, name, '?guest');
    await tab.getByLabel('Your name').waitFor();
    expect(await group.agents()).toEqual([]);
    await tab.goto(`${visitor.server}/g/${name}?guest`);
    await tab.getByRole('link', { name: 'Vote', exact: true }).click();
    await tab
      .getByText(/^guest-\d+$/)
      .first()
      .waitFor();
    expect(await group.agents()).toMatchObject([{ kind: 'person' }]);
  });

  test('a vote is chosen, sent, durable, changed; all of it blind', async () => {
    const { name, group } = await create({ ...estimate, rule: { ...three, deadline: '5m' } });
    const ann = await seated(name, 'ann');
    expect(await ann.cards()).toEqual(['1', '2', '3', '5', '8', '13', '21', '?', '– abstain']);
    await ann.choose('8');
    expect(await ann.turnout()).toBe('0 of 3 in 3 missing: ann, bob and cy');
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await ann.page.route('**/proposals/ann*', async (route) => {
      await held;
      await route.continue();
    });
    await ann.page.getByRole('textbox', { name: /^Note/ }).fill('if the fallback stays out');
    await ann.propose.click();
    await says(ann, 'Sending 8');
    letGo();
    await ann.counted();
    expect(plain(await ann.receipt.innerText())).toMatch(
      /^Counted at index \d+ 8, hidden until the close, kept in memory only$/,
    );
    expect((await group.round('open')).present).toBe(1);

    await ann.page.getByRole('button', { name: 'Change' }).click();
    await ann.choose('5');
    await ann.propose.click();
    await ann.receipt.filter({ hasText: '5, hidden' }).waitFor();
    const own = connect({ url: set.server.url, token: await tokenOf(ann.page, name) }).group(name);
    const [mine] = await all(own.proposals('open'));
    expect(mine).toMatchObject({
      agent: 'ann',
      value: 5,
      seq: 2,
      token: true,
      note: 'if the fallback stays out',
    });
  });

  test('who agrees reads it, with their own part; the next round is a press away', async () => {
    const { name, group } = await create({ ...estimate, rule: { ...three, threshold: 2 } });
    const ann = await seated(name, 'ann');
    await ann.vote('8');
    await group.propose({ agent: 'bob', value: 8 });
    await group.propose({ agent: 'cy', value: 5 });
    await says(ann, 'You too.');
    expect(plain(await ann.big.innerText())).toBe('Agreed on 8');
    await ann.page.getByRole('button', { name: 'Open round 2' }).click();
    await says(ann, 'round 2');
    await ann.vote('3');
  });

  test('no agreement is told with the reason, and the open round is offered', async () => {
    const { name, group } = await create({ title: 'Lunch', rule: three });
    const ann = await seated(name, 'ann');
    await ann.page.getByRole('textbox', { name: 'Your value' }).fill('pizza');
    await ann.page.keyboard.press('Enter');
    await ann.counted();
    await group.propose({ agent: 'bob', value: 'soup' });
    await group.propose({ agent: 'cy', value: 'salad' });
    await says(ann, 'No agreement');
    await says(ann, 'You proposed pizza.');
    await ann.page.getByRole('button', { name: 'Vote in round 2' }).click();
    await says(ann, 'round 2');
    expect(await ann.turnout()).toBe('0 of 3 in 3 missing: ann, bob and cy');
  });

  test('an invite opens the seat once: a reload keeps it, another device is told since when it is used', async () => {
    const { name, group, created } = await create({
      preset: 'gate',
      title: 'Release 2.8',
      rule: { electorate: { agents: ['ann', 'bob'] } },
    });
    const manager = group.as(created.joinKey ?? '');
    const { secret } = await manager.invite('ann', { name: 'Ann Lee' });
    const visitor = await arrive();
    const ann = await at(visitor, name, `?as=ann#${secret}`);
    await ann.vote('approve', 'Migration tried on a copy');
    expect(ann.page.url()).not.toContain(secret);
    await ann.page.reload();
    await ann.counted();
    const second = await at(visitor, name, '?as=ann');
    await second.counted();
    const thief = await at(await arrive(), name, `?as=ann#${secret}`);
    expect(plain(await thief.alert.innerText())).toMatch(
      /^≠ This invite was used at \d\d:\d\d:\d\d, by another device or browser\./,
    );
    const [proposal] = await all(manager.proposals('open'));
    expect(proposal).toMatchObject({
      agent: 'ann',
      name: 'Ann Lee',
      value: 'approve',
      note: 'Migration tried on a copy',
    });
    // People hold no leases. [Q5.15]
    expect(await manager.agents()).toEqual([]);
  });

  test('a group that shows itself to nobody asks for its key', async () => {
    const { name, created } = await create({
      ...estimate,
      admission: 'key',
      rule: { electorate: { size: 2 } },
    });
    const visitor = await arrive();
    const page = new VotePage(await visitor.tab());
    await page.page.goto(`${visitor.server}/g/${name}/vote`);
    await page.page.getByRole('textbox', { name: 'Key of the group' }).fill(created.joinKey ?? '');
    await page.takeSeat('ann');
    await page.vote('8');
  });

  test('two tabs of one person are one person with one ballot', async () => {
    const { name, group } = await create({ rule: { electorate: { size: 3 }, options: ['Yes', 'No'] } });
    const visitor = await arrive();
    const first = await at(visitor, name);
    await first.takeSeat('ann');
    const second = await at(visitor, name);
    await second.card('Yes').waitFor();
    await first.card('Yes').waitFor();
    await first.choose('Yes');
    await second.choose('No');
    // Both at once: whichever is first takes the other's button away.
    const press = "setTimeout((button) => button.click(), 300, document.querySelector('.dock button'))";
    await Promise.all([first.page.evaluate(press), second.page.evaluate(press)]);
    await first.counted();
    await second.counted();
    expect(await group.round(1)).toMatchObject({ present: 1, missing: [] });
    const receipts = [await first.receipt.innerText(), await second.receipt.innerText()];
    expect(/Yes|No/.exec(receipts[0] as string)?.[0]).toBe(/Yes|No/.exec(receipts[1] as string)?.[0]);
    const third = await at(visitor, name);
    await third.counted();
  });

  test('with the keyboard alone: name, card, note, sent, changed', async () => {
    const { name, group } = await create({ ...estimate, rule: { electorate: { size: 3 } } });
    const visitor = await arrive({ width: 800 });
    const vote = await at(visitor, name);
    const { keyboard } = vote.page;
    await tabTo(vote.page, 'Your name');
    await keyboard.type('ann');
    await keyboard.press('Enter');
    await vote.card('8').waitFor();
    await tabTo(vote.page, '1');
    await keyboard.press('ArrowRight');
    await keyboard.press('ArrowRight');
    await vote.page.getByRole('button', { name: 'Propose 3' }).waitFor();
    await tabTo(vote.page, /^Note/);
    await keyboard.type('Small.');
    await tabTo(vote.page, 'Propose 3');
    await keyboard.press('Enter');
    await vote.counted();
    await tabTo(vote.page, 'Change');
    await keyboard.press('Enter');
    await tabTo(vote.page, '3');
    await keyboard.press('ArrowRight');
    await tabTo(vote.page, 'Propose 5');
    await keyboard.press('Enter');
    await vote.counted();
    await expect.poll(() => vote.receipt.innerText()).toContain('5, hidden until the close');
    await group.propose({ agent: 'bob', value: 5, seq: 1 });
    await group.propose({ agent: 'cy', value: 5, seq: 1 });
    await expect.poll(() => vote.big.innerText()).toMatch(/Agreed on\s+5/);
    const round = await group.round(1);
    expect(round).toMatchObject({ state: 'SUCCESS', value: 5, present: 3 });
  });

  test('a press without a choice says what is missing, and a number that is none is told at its field', async () => {
    const { name } = await create({ rule: { electorate: { size: 2 }, equality: { tolerance: 0.5 } } });
    const ann = await seated(name, 'ann');
    await ann.page.getByRole('button', { name: 'Propose' }).press('Enter');
    await says(ann, 'Choose a card first.');
    const field = ann.page.getByRole('textbox', { name: 'Your number' });
    await field.fill('about 8');
    await field.press('Enter');
    await says(ann, 'This is no number.');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await field.fill('8,5');
    await field.press('Enter');
    await ann.receipt.filter({ hasText: '8.5, hidden' }).waitFor();
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function tokenOf(page: Page, group: string): Promise<string> {
  const text = await page.evaluate(`localStorage.getItem('/ quorate.in.${group}')`);
  return (JSON.parse(String(text)) as { token: string }).token;
}

/** Presses Tab until the focus is on what has this name; no more often than a patient person would. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const pattern = typeof name === 'string' ? new RegExp(`^${name}$`) : name;
  const seen: string[] = [];
  for (let presses = 0; presses < 40; presses++) {
    const focused = String(
      await page.evaluate(`(() => {
        const at = document.activeElement;
        const label = at?.labels?.[0]?.innerText ?? at?.getAttribute('aria-label') ?? at?.innerText ?? '';
        return label.replace(/\\s+/g, ' ').trim();
      })()`),
    );
    if (pattern.test(focused)) return;
    seen.push(focused);
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never comes to ${name}: ${JSON.stringify(seen)}`);
}
