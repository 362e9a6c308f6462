import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, serve } from '../../src/serve.ts';
import { binary, openChromium } from './chromium.ts';

/** What people and web pages do in a real browser: reading /docs, and pages of other origins. */

const screenshots = fileURLToPath(new URL('../../.cache/screenshots/', import.meta.url));
// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('in Chromium', () => {
  let browser: Browser;
  let server: RunningServer;
  let page: Page;
  const complaints: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    mkdirSync(screenshots, { recursive: true });
    server = await serve({ port: 0, log: 'memory:' });
    browser = await openChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('/docs shows every operation, without a complaint and without asking anybody else', async () => {
    const reply = await page.goto(`${server.url}/docs`);
    expect(reply?.headers()['content-security-policy']).toMatch(/^default-src 'self'/);
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const operations = Object.values(paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(operations.length).toBeGreaterThan(20);
    const shown = await page.locator('main article').evaluateAll((all) => all.map(({ id }) => id));
    expect(shown.toSorted()).toEqual(operations.toSorted());
    for (const operation of operations) {
      expect(await page.locator(`nav a[href="#${operation}"]`).count(), operation).toBe(1);
      expect(await page.locator(`#${operation} pre.ask`).innerText(), operation).toMatch(/^curl /);
    }
    await page.screenshot({ path: `${screenshots}docs.png` });
    expect(complaints).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(`${server.url}/`))).toEqual([]);
  });

  test('/docs is styled, can be gone through by its menu, and fits a telephone', async () => {
    await page.goto(`${server.url}/docs`);
    const columns = () => page.evaluate('getComputedStyle(document.body).display');
    expect(await columns()).toBe('grid');
    await page.locator('nav a[href="#propose"]').click();
    const target = page.locator('article:target');
    expect(await target.getAttribute('id')).toBe('propose');
    const top = "document.querySelector('article:target').getBoundingClientRect().top";
    expect(await page.evaluate(top)).toBeLessThan(900);
    await page.locator('#propose details').first().locator('summary').click();
    expect(await page.locator('#propose details').first().locator('pre, table').isVisible()).toBe(true);
    await page.screenshot({ path: `${screenshots}docs-operation.png` });
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await columns()).toBe('block');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.screenshot({ path: `${screenshots}docs-narrow.png` });
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(complaints).toEqual([]);
  });

  test('the policy is in force: neither a script in the page nor another host is let through', async () => {
    const before = complaints.length;
    await page.goto(`${server.url}/docs`);
    const ran = await page.evaluate(`new Promise((resolve) => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.head.append(script);
      fetch('http://127.0.0.1:9/').then(() => resolve('fetched'), () => resolve(window.ran ?? 'nothing'));
    })`);
    expect(ran).toBe('nothing');
    expect(complaints.length).toBeGreaterThan(before);
  });

  test('a page of another origin on this machine neither writes, nor reads, nor frames [Q6.12]', async () => {
    const other = await serve({ port: 0, log: 'memory:' });
    // Without its own policy, the page is as hostile as any.
    const hostile = await browser.newContext({ bypassCSP: true });
    const foreign = await hostile.newPage();
    await foreign.goto(`${other.url}/healthz`);
    const tries = await foreign.evaluate(`(async () => {
      const told = [];
      const send = (path, options) => fetch('${server.url}' + path, options)
        .then(async (reply) => told.push(reply.type === 'opaque' ? 'opaque' : await reply.text()), () => told.push('refused'));
      await send('/v1/groups/crossed', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' });
      await send('/number', { method: 'POST', mode: 'no-cors', body: '{"number":1}' });
      await send('/v1/groups');
      await send('/state/1', { mode: 'no-cors' });
      return told;
    })()`);
    // An opaque reply says nothing, and cross-origin-resource-policy or the refusal keep even that away.
    for (const told of tries as string[]) expect(['refused', 'opaque']).toContain(told);
    expect((await fetch(`${server.url}/v1/groups/crossed`)).status).toBe(404);
    const open = (await (await fetch(`${server.url}/v1/groups/default/rounds/1`)).json()) as {
      present: number;
    };
    expect(open.present).toBe(0);
    const framed = await foreign.evaluate(`new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.src = '${server.url}/docs';
      frame.onload = () => { try { resolve(frame.contentDocument === null ? 'kept out' : frame.contentDocument.title); } catch { resolve('kept out'); } };
      document.body.append(frame);
    })`);
    expect(framed).toBe('kept out');
    expect(foreign.frames().every((frame) => !frame.url().endsWith('/docs'))).toBe(true);
    await hostile.close();
    await other.stop();
  });
});
