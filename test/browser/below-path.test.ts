import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type Nginx, nginxSamples, replaced, startNginx, withLocation } from '../harness/nginx.ts';
import { quorate, type Server, startServer, temporaryFolder, until } from '../harness/server.ts';
import { nginxBinary } from '../harness/tools.ts';
import { binary, openChromium, Visitor } from './chromium.ts';
import { GroupPage } from './pages/group.ts';
import { Overview } from './pages/overview.ts';
import { VotePage } from './pages/vote.ts';

/** Everything below a path of a real nginx, in both ways in which people write its location: programs, streams and pages. */

const nginx = nginxBinary();
const { whole, below } = nginxSamples();
const path = '/quorate';
// With the buffers that nginx has where nobody has said no: a stream must ask for none by itself.
const buffered = replaced(whole, '  proxy_buffering off;\n', '');

const ways = [
  ['passes it on', withLocation(whole, below)],
  ['takes it away', withLocation(buffered, replaced(below, 'http://quorate;', 'http://quorate/;'))],
] as const;

// Skipped only where there is no nginx or no Chromium; nginxBinary and chromiumBinary have said so.
describe.skipIf(nginx === null || binary === null).each(ways)(
  'below a path, where nginx %s',
  (_way, sample) => {
    const data = temporaryFolder();
    const visitors: Visitor[] = [];
    let browser: Awaited<ReturnType<typeof openChromium>>;
    let server: Server;
    let proxy: Nginx;
    let url: string;
    beforeAll(async () => {
      const args = ['--data', data.path, '--i-accept-loss', '--base-path', path, '--trust-proxy'];
      server = await startServer(args);
      proxy = await startNginx(nginx as string, sample, server.port);
      url = proxy.url + path;
      browser = await openChromium();
    });
    afterEach(async () => {
      for (const visitor of visitors.splice(0)) await visitor.leave();
    });
    afterAll(async () => {
      await browser?.close();
      await proxy?.stop();
      await server?.stop();
      data.remove();
    });

    const arrive = async (): Promise<Visitor> => {
      const visitor = await Visitor.arrive(browser, proxy.url);
      visitors.push(visitor);
      return visitor;
    };

    test('the SDK creates, proposes, waits, reads and follows', async () => {
      const group = connect({ url }).group('sdk');
      await group.create({ rule: { electorate: { size: 2 }, threshold: 2, next: 'manual' } });
      const following = (async () => {
        for await (const { type } of group.events()) if (type === 'round-closed') return type;
        return null;
      })();
      const slow = group.propose({ agent: 'ann', value: 1, wait: '20s' });
      await group.propose({ agent: 'bob', value: 1 });
      expect((await slow).state).toBe('SUCCESS');
      expect(await following).toBe('round-closed');
      const agents: string[] = [];
      for await (const { agent } of group.proposals(1)) agents.push(agent);
      expect(agents.sort()).toEqual(['ann', 'bob']);
    });

    test('an event leaves nginx when it happens, not when its buffer is full', async () => {
      const group = connect({ url }).group('live');
      await group.create({ rule: { electorate: { size: 5 } } });
      const seen: string[] = [];
      const ending = new AbortController();
      const reply = await fetch(`${url}/v1/groups/live/events`, { signal: ending.signal });
      const reading = (async () => {
        for await (const bytes of reply.body as ReadableStream<Uint8Array>)
          seen.push(new TextDecoder().decode(bytes));
      })().catch(() => undefined);
      await until(30_000, () => seen.join('').includes('snapshot') || undefined);
      await group.propose({ agent: 'ann', value: 1 });
      await until(30_000, () => seen.join('').includes('"ann"') || undefined);
      ending.abort();
      await reading;
    });

    test('the command line takes the path in --url, and the link of an invite leads below it', async () => {
      const created = await quorate([
        'group',
        'create',
        'gate',
        '--preset',
        'gate',
        '--electorate',
        'ann',
        '--threshold',
        '1',
        '--json',
        '--url',
        url,
      ]);
      expect(created.code, created.stderr).toBe(0);
      const { joinKey } = JSON.parse(created.stdout) as { joinKey: string };
      const invited = await quorate(['invite', 'gate', 'ann', '--json', '--url', url, '--token', joinKey]);
      const { link } = JSON.parse(invited.stdout) as { link: string };
      expect(link.startsWith(`${url}/g/gate/vote?as=ann#`), link).toBe(true);
      const voted = await quorate([
        'propose',
        'gate',
        'ann',
        '"approve"',
        '--invite',
        link,
        '--instance',
        'of-this-test',
      ]);
      expect(voted.code, voted.stderr + voted.stdout).toBe(0);
    });

    test('the document names the path, and its page loads what it needs', async () => {
      const { servers } = (await (await fetch(`${url}/openapi.json`)).json()) as { servers: object[] };
      expect(servers).toMatchObject([{ url: path }]);
      const visitor = await arrive();
      const page = await visitor.tab();
      await page.goto(`${url}/docs`);
      expect(await page.evaluate('getComputedStyle(document.body).display')).toBe('grid');
      await page.getByRole('link', { name: 'openapi.json' }).click();
      await page.waitForURL(`${url}/openapi.json`);
      expect(visitor.complaints).toEqual([]);
    });

    test('from the list of groups to a durable vote, with nothing asked for beside the path', async () => {
      const group = connect({ url }).group('lunch');
      await group.create({ title: 'Lunch', rule: { electorate: { size: 2 }, options: ['pizza', 'soup'] } });
      const visitor = await arrive();
      const tab = await visitor.tab();
      // Without its slash, as people type it.
      await tab.goto(url);
      await new Overview(tab).row('Lunch').getByRole('link').click();
      await tab.waitForURL(`${url}/g/lunch`);
      const page = new GroupPage(tab);
      await page.big.filter({ hasText: '0 of 2 in' }).waitFor();
      await tab.getByRole('link', { name: 'Vote' }).click();
      await tab.waitForURL(`${url}/g/lunch/vote`);
      const vote = new VotePage(tab);
      await vote.takeSeat('ann');
      await vote.vote('pizza');
      expect(await vote.receipt.textContent()).toMatch(/^Durable at index/);
      // Another's vote shows by itself.
      await group.propose({ agent: 'bob', value: 'pizza' });
      await vote.big.filter({ hasText: 'pizza' }).waitFor();
      expect(visitor.complaints).toEqual([]);
      expect(visitor.asked.filter((asked) => !asked.startsWith(`${url}/`) && asked !== url)).toEqual([]);
    });
  },
);
