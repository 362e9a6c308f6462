import { createReadStream, existsSync, mkdirSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildSite } from '../../site/build.ts';
import { temporaryFolder } from '../harness/server.ts';
import { seriousFindings } from './axe.ts';
import { binary, openChromium, Visitor } from './chromium.ts';

/** The built documentation in a browser: below a path of a host, and opened from a disk. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const screenshots = join(root, '.cache/screenshots/');
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
};
const looked = [
  'index.html',
  'docs/index.html',
  'docs/rules.html',
  'docs/gates.html',
  'docs/pages.html',
  'docs/settings.html',
  'docs/course.html',
  'docs/sdk.html',
  'PROTOCOL.html',
];

/** One page of each kind: text and pictures, tables, code. */
const judged = ['index.html', 'docs/rules.html', 'docs/gates.html'];

describe.skipIf(binary === null)('the site', () => {
  const { path: folder, remove } = temporaryFolder();
  let browser: Browser;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    mkdirSync(screenshots, { recursive: true });
    buildSite(root, folder);
    server = createServer(({ url: path = '' }, response) => {
      const file = join(folder, path.replace(/^\/deep\/docs/, '').replace(/\/$/, '/index.html'));
      if (!path.startsWith('/deep/docs/') || !existsSync(file) || !statSync(file).isFile())
        return response.writeHead(404).end();
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain' });
      return createReadStream(file).pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    remove();
  });

  test.each([
    [360, false],
    [800, true],
    [1600, false],
  ])('fits a window of %i px, dark %s, and can be read by a screen reader', async (width, dark) => {
    const visitor = await Visitor.arrive(browser, url, { width, height: 900, dark });
    const page = await visitor.tab();
    for (const address of looked) {
      await page.goto(`${url}/deep/docs/${address}`);
      expect(await page.evaluate('document.documentElement.scrollWidth'), address).toBeLessThanOrEqual(width);
      if (judged.includes(address)) expect(await seriousFindings(page), address).toEqual([]);
      const name = address.replaceAll('/', '-').replace('.html', '');
      await page.screenshot({ path: `${screenshots}site-${name}-${width}-${dark ? 'dark' : 'light'}.png` });
    }
    expect(visitor.complaints).toEqual([]);
    expect(visitor.strangers()).toEqual([]);
    await visitor.leave();
  });

  test.each(['below a path', 'from a disk'])('%s a search leads to a section', async (where) => {
    const visitor = await Visitor.arrive(browser, url);
    const page = await visitor.tab();
    const top = where === 'from a disk' ? pathToFileURL(folder).href : `${url}/deep/docs`;
    await page.goto(`${top}/docs/rules.html`);
    await page.keyboard.press('/');
    await page.keyboard.type('two chambers');
    await page.locator('.found a', { hasText: 'Two chambers' }).click();
    await page.waitForURL(`${top}/docs/rules.html#two-chambers`);
    await page.keyboard.press('/');
    await page.keyboard.type('no-such-word-anywhere');
    await page.locator('.found', { hasText: 'Nothing found' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.beside a[rel=next]').click();
    await page.waitForURL((address) => !address.href.includes('rules.html'));
    expect(await page.locator('.menu a[aria-current=page]').count()).toBe(1);
    expect(visitor.complaints).toEqual([]);
    expect(visitor.asked.filter((one) => !one.startsWith(`${top}/`))).toEqual([]);
    await visitor.leave();
  });

  test('is read without scripts, with its contents', async () => {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 390, height: 800 },
    });
    const page = await context.newPage();
    await page.goto(`${url}/deep/docs/docs/rules.html`);
    await page.locator('details.menu summary').click();
    await page.locator('.menu a', { hasText: 'Gates' }).click();
    await page.waitForURL(`${url}/deep/docs/docs/gates.html`);
    await context.close();
  });
});
