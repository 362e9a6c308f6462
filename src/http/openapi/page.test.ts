import { expect, test } from 'vitest';
import { startApp } from '../../../test/harness/app.ts';
import { documentOf } from './document.ts';
import { docsPage, docsStyle } from './page.ts';

const { app, stop } = await startApp();
await stop();
const document = documentOf('1.2.3', app.router.routes);
const page = docsPage(document);

test('the page shows every operation, with a curl line and its errors', () => {
  for (const { operation } of app.router.routes) {
    if (operation === null) continue;
    const { id } = operation;
    const article = page.split(`<article id="${id}">`)[1]?.split('</article>')[0] ?? '';
    expect(article, id).toContain('<pre class="ask">curl ');
    expect(article, id).toContain('<code>internal</code>');
  }
});

test('every link within the page leads somewhere, and only there', () => {
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const links = [...page.matchAll(/ href="#([^"]+)"/g)].map(([, link]) => link);
  expect(links.filter((link) => !ids.includes(link))).toEqual([]);
});

test('it needs nothing that the content security policy forbids', () => {
  expect(page).not.toMatch(/<script|<style| style=| on\w+=|<img|<iframe/);
  expect([...page.matchAll(/(?:href|src)="(?!#)([^"]+)"/g)].map(([, link]) => link)).toEqual([
    'docs/style.css',
    'docs/icon.svg',
    'openapi.json',
  ]);
  expect(docsStyle).not.toMatch(/@import|url\(/);
});

test('what stands in the document is text, not markup', () => {
  const evil = '<script>alert("x")</script>';
  const shown = docsPage({ ...document, info: { ...document.info, description: evil } });
  expect(shown).not.toContain('<script');
  expect(shown).toContain('&lt;script&gt;');
});
