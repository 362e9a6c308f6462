import { readdirSync, statSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { seriousFindings } from './axe.ts';
import { binary } from './chromium.ts';
import { setScene, views } from './scene.ts';
import { stage } from './stage.ts';

/** What holds of every page in every state: for a screen reader, on a telephone, in the dark, and of its weight. */

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('every page', () => {
  const empty = stage();
  const full = stage();
  beforeAll(() => setScene(full.server.url));

  // In the dark and on a telephone they are looked at in the other language: languages.test.ts.
  test.each(views)(
    '$name has no serious fault for a screen reader and no complaint, moves nothing for who asks for less motion, and is never wider than the window',
    async (view) => {
      const { arrive } = view.isOfEmptyServer === true ? empty : full;
      const visitor = await arrive({ width: 1600, lan: view.lan === true });
      const frame = await view.open(visitor);
      expect(await seriousFindings(frame.page)).toEqual([]);
      expect(await movingParts(frame.page)).toEqual([]);
      for (const width of [1600, 1280, 1088, 800, 720, 480, 360, 320]) {
        await frame.page.setViewportSize({ width, height: 740 });
        expect(await frame.overhang(), `${width} px`).toBe(0);
      }
      expect(visitor.complaints).toEqual([]);
      expect(visitor.strangers()).toEqual([]);
    },
  );

  test('a button without a name and text that is hardly seen would be found', async () => {
    const page = await (await full.arrive()).tab();
    await page.setContent('<main><button></button><p style="color: #ddd; background: #fff">seen?</p></main>');
    expect((await seriousFindings(page)).join()).toMatch(/button-name.*color-contrast/s);
  });

  test('what moves for the others would be found', async () => {
    const vote = views.find(({ name }) => name === 'vote-chosen');
    const { page } = (await vote?.open(await full.arrive({ motion: true }))) ?? {};
    expect((await movingParts(page as Page)).join()).toMatch(/card/);
  });

  test('pages are served under a policy that lets nothing in from elsewhere, nor anything written into them', async () => {
    for (const path of ['/', '/new', '/play', '/cluster', '/g/lunch', '/g/lunch/vote']) {
      const reply = await fetch(full.server.url + path);
      const policy = reply.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'self'/);
      expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
      expect(await reply.text()).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
    }
  });

  test('the policy is in force: neither a script written into the page nor another host is let through', async () => {
    const visitor = await full.arrive();
    const page = await visitor.tab();
    await page.goto(`${full.server.url}/g/lunch`);
    const ran = await page.evaluate(`new Promise((resolve) => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.head.append(script);
      fetch('http://127.0.0.1:9/').then(() => resolve('fetched'), () => resolve(window.ran ?? 'nothing'));
    })`);
    expect(ran).toBe('nothing');
    expect(visitor.complaints).not.toEqual([]);
  });

  const pages = [
    ['/', 'the first page'],
    ['/new?preset=panel', 'a new group'],
    ['/cluster', 'the cluster'],
    ['/g/estimate-login', 'a group'],
    ['/g/estimate-login/vote', 'a vote'],
    ['/play', 'the playground'],
    ['/play?group=estimate-export', 'a history'],
  ] as const;
  test.each(pages.flatMap(([path, what]) => ['en', 'es'].map((locale) => [path, what, locale] as const)))(
    '%s, %s, in %s, loads at most 70 KB, or 75 if it is of a group',
    async (path, _what, locale) => {
      const visitor = await full.arrive({ locale });
      const page = await visitor.tab();
      const sizes: Promise<readonly [string, number]>[] = [];
      page.on('requestfinished', (request) => {
        const { pathname } = new URL(request.url());
        // What is asked of the server, what runs beside a page that is there already, and what stands in for a shared worker.
        if (pathname.startsWith('/v1/') || /^\/assets\/(worker|lead)-/.test(pathname)) return;
        const size = request.sizes().then(({ responseBodySize }) => [pathname, responseBodySize] as const);
        sizes.push(size);
        // What ends after the page has loaded may end with the page; nobody waits for it.
        size.catch(() => undefined);
      });
      await page.goto(full.server.url + path, { waitUntil: 'load' });
      // The texts come after the scripts that need them.
      await page.locator('main').waitFor();
      const loaded = Object.fromEntries(await Promise.all(sizes));
      // The browser does not tell of what a shared worker loads.
      for (const file of readdirSync('dist/web/assets'))
        if (/^stream-worker-.*\.js\.gz$/.test(file) && !(`/assets/${file.slice(0, -3)}` in loaded))
          loaded[file] = statSync(`dist/web/assets/${file}`).size;
      expect(Object.keys(loaded).join()).toContain('stream-worker');
      expect(Object.keys(loaded).filter((name) => /\.js$/.test(name))).not.toEqual([]);
      const total = Object.values(loaded).reduce((sum, size) => sum + size, 0);
      expect(total, JSON.stringify(loaded, null, 2)).toBeLessThanOrEqual(
        path === '/g/estimate-login' ? 75_000 : 70_000,
      );
      expect(Object.keys(loaded).filter((name) => name.includes(`/${locale}-`))).toHaveLength(1);
      expect(total).toBeGreaterThan(5000);
    },
  );
});

/** The classes of parts of the page that take time to change, by motion or by colour. */
async function movingParts(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('*')]
    .filter((part) => ['', '::before', '::after'].some((which) => {
      const { transitionDuration, animationName, animationDuration } = getComputedStyle(part, which);
      const times = transitionDuration + (animationName === 'none' ? '' : ',' + animationDuration);
      return times.split(',').some((time) => parseFloat(time) > 0);
    }))
    .map((part) => part.localName + '.' + part.getAttribute('class'))`);
}
