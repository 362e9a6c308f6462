import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { binary } from './chromium.ts';
import { GroupPage } from './pages/group.ts';
import { Overview } from './pages/overview.ts';
import { VotePage } from './pages/vote.ts';
import { stage } from './stage.ts';

/** Many tabs of one browser: they share one stream, so that none of them waits for a connection. */

const rule = {
  electorate: { size: 3 },
  options: [
    { value: 'yes', label: 'Yes' },
    { value: 'no', label: 'No' },
  ],
} as const;
/** Tabs that vote, beside the list and a group's page. */
const votes = 8;

const ways = [
  { way: 'a shared worker', looks: {} },
  {
    way: 'an elected tab, where there are no shared workers nor a secure context',
    looks: { workerless: true, lan: true },
  },
] as const;

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('tabs of one browser', () => {
  const set = stage();
  const streams = async (): Promise<number> => {
    const text = await (await fetch(`${set.server.url}/metrics`)).text();
    return Number(/^quorate_streams (\d+)$/m.exec(text)?.[1]);
  };

  // Ten pages on a machine that does other things as well.
  test.each(ways)('ten of them follow and vote over one stream by $way', async ({ way, looks }) => {
    const client = connect({ url: set.server.url });
    const names = Array.from({ length: votes }, (_, i) => `${way.split(' ')[1]}-${i}`);
    for (const name of names) await client.group(name).create({ rule });
    const visitor = await set.arrive(looks);
    const list = await new Overview(await visitor.tab()).open(visitor.server);
    const wall = await new GroupPage(await visitor.tab()).open(visitor.server, names[0] as string);
    const forms: VotePage[] = [];
    for (const name of names) {
      const form = await new VotePage(await visitor.tab()).open(visitor.server, name);
      expect(await form.page.evaluate('typeof SharedWorker')).toBe(
        'workerless' in looks ? 'undefined' : 'function',
      );
      await form.takeSeat('ann');
      forms.push(form);
    }
    for (const form of forms) {
      await form.page.bringToFront();
      await form.vote('Yes');
    }
    await expect.poll(streams).toBe(1);
    for (const name of names) await client.group(name).propose({ agent: 'bob', value: 'no' });
    for (const [i, form] of forms.entries()) {
      await expect.poll(() => form.turnout()).toMatch(/^2 of 3 in/);
      await expect.poll(() => list.row(names[i] as string).innerText()).toContain('2 of 3 in');
    }
    await expect.poll(() => wall.big.innerText()).toMatch(/2\s*of 3 in/);
    expect(await streams()).toBe(1);
    expect(visitor.complaints).toEqual([]);
  });

  test.each(ways)('one that is closed takes nothing from the others, by $way', async ({ way, looks }) => {
    const name = `close-${way.split(' ')[1]}`;
    const group = connect({ url: set.server.url }).group(name);
    await group.create({ rule });
    const { token } = await group.join('ann', { ttl: '1h' });
    const speaker = connect({ url: set.server.url, token }).group(name);
    const visitor = await set.arrive(looks);
    const tabs: GroupPage[] = [];
    for (let i = 0; i < 4; i += 1)
      tabs.push(await new GroupPage(await visitor.tab()).open(visitor.server, name));
    let said = 0;
    const say = async (times: number) => {
      for (let i = 0; i < times; i += 1) {
        said += 1;
        await speaker.say(`message ${said}.`);
      }
    };
    // The first has the stream where tabs elect one.
    await say(3);
    const [first, second, ...others] = tabs as [GroupPage, GroupPage, ...GroupPage[]];
    await Promise.all([first.page.close(), say(10)]);
    await hears([second, ...others], said);
    const device = await second.page.context().newCDPSession(second.page);
    await device.send('Page.setWebLifecycleState', { state: 'frozen' });
    await say(5);
    await hears(others, said);
    await device.send('Page.setWebLifecycleState', { state: 'active' });
    await hears([second], said);
    await expect.poll(streams).toBe(1);
  });

  test.each(ways)(
    'each with a token of its own, eight take turns and hear nothing of the others, by $way',
    async ({ way, looks }) => {
      const joinKey = 'the-join-key-of-each-group';
      const visitor = await set.arrive(looks);
      const first = await visitor.tab();
      await first.goto(visitor.server);
      const groups = await Promise.all(
        Array.from({ length: votes }, async (_, i) => {
          const name = `own-${way.split(' ')[1]}-${i}`;
          const group = connect({ url: set.server.url }).group(name);
          await group.create({ rule, admission: 'key', joinKey, observerKey: `observer-key-of-${name}` });
          const { token } = await group.join('ann', { ttl: '1h', key: joinKey });
          await first.evaluate(
            `localStorage.setItem('/ quorate.in.${name}', '${JSON.stringify({ agent: 'ann', token })}')`,
          );
          return connect({ url: set.server.url, token }).group(name);
        }),
      );
      await first.close();
      const tabs: GroupPage[] = [];
      for (const { name } of groups) {
        const page = await visitor.tab();
        await page.addInitScript(listening);
        tabs.push(await new GroupPage(page).open(visitor.server, name));
      }
      for (const group of groups) await group.say(`only for ${group.name}.`);
      for (const [i, { page }] of tabs.entries()) {
        const own = `only for ${groups[i]?.name}.`;
        await expect.poll(() => page.locator('main').innerText(), { timeout: 20_000 }).toContain(own);
        const hears = async () => String(await page.evaluate('heard.join()'));
        await expect.poll(hears, { timeout: 20_000 }).toContain(own);
        const heard = await hears();
        expect(heard.match(/only for [^.]*\./g)).toEqual([own]);
        expect(heard).not.toContain(joinKey);
      }
      expect(await streams()).toBeLessThanOrEqual(3);
    },
  );

  async function hears(tabs: readonly GroupPage[], count: number): Promise<void> {
    for (const { page } of tabs)
      await expect
        .poll(() => messages(page))
        .toEqual(Array.from({ length: count }, (_, i) => `message ${i + 1}.`));
  }
  async function messages(page: Page): Promise<string[]> {
    const text = await page.locator('main').innerText();
    return [...text.matchAll(/message \d+\./g)].map(([one]) => one);
  }
});

/** Has a page keep all that it is told by other pages or a worker. */
const listening = `
  globalThis.heard = [];
  const Channel = BroadcastChannel;
  globalThis.BroadcastChannel = class extends Channel {
    constructor(name) {
      super(name);
      this.addEventListener('message', ({ data }) => heard.push(JSON.stringify(data)));
    }
  };
`;
