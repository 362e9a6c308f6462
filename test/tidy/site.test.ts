import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Built, buildSite } from '../../site/build.ts';
import { temporaryFolder } from '../harness/server.ts';
import { readText, root } from './source.ts';

/** The built documentation: each link and anchor of each page leads somewhere, and nothing is asked for elsewhere. */

const { path: folder, remove } = temporaryFolder();
let built: Built;
/** The built pages, by address. */
const pages = new Map<string, string>();

beforeAll(() => {
  built = buildSite(root, folder);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.html'))
      pages.set(file.replaceAll('\\', '/'), readFileSync(join(folder, file), 'utf8'));
});
afterAll(remove);

describe('the site', () => {
  it('has every document, also those at the top of the project', () => {
    const documents = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
    for (const path of [
      ...documents.map((name) => `docs/${name}`),
      'README.md',
      'README.es.md',
      'PROTOCOL.md',
      'ARCHITECTURE.md',
    ])
      expect([...built.pages.keys()]).toContain(path);
    expect(pages.size).toBeGreaterThan(40);
  });

  it('has every page of docs/ in its list of contents, once: add it to docs/README.md', () => {
    const listed = built.menu.flatMap(({ entries }) => entries.map(({ address }) => address));
    expect(new Set(listed).size).toBe(listed.length);
    const documents = readdirSync(join(root, 'docs'))
      .filter((name) => name.endsWith('.md') && name !== 'README.md')
      .map((name) => `docs/${name.replace(/\.md$/, '.html')}`);
    expect(documents.filter((address) => !listed.includes(address))).toEqual([]);
  });

  it('lists every decision in decisions/README.md', () => {
    const decisions = readdirSync(join(root, 'decisions')).filter((name) => /^\d/.test(name));
    expect(decisions.filter((name) => !built.pages.has(`decisions/${name}`))).toEqual([]);
  });

  it('leads with every link, also to an anchor, to what is there', () => {
    const dead = [...pages].flatMap(([address, html]) => deadLinks(address, html));
    expect(dead, dead.join('\n')).toEqual([]);
  });

  it('loads nothing from elsewhere, and no address begins at the top of a host', () => {
    for (const [address, html] of pages) {
      expect(html.match(/\b(?:src|srcset)="(?:[a-z]+:|\/)[^"]*"/g) ?? [], address).toEqual([]);
      expect(html.match(/<link [^>]*href="(?:[a-z]+:|\/)[^"]*"/g) ?? [], address).toEqual([]);
      expect(html.match(/<(?:iframe|object|embed)\b/g) ?? [], address).toEqual([]);
    }
    for (const file of ['site/site.css', 'site/tokens.css'])
      expect(readFileSync(join(folder, file), 'utf8')).not.toMatch(/@import|url\(/);
  });

  it('has no anchor twice on a page', () => {
    for (const [address, html] of pages) {
      const ids = idsOf(html);
      expect(
        ids.filter((id, i) => ids.indexOf(id) !== i),
        address,
      ).toEqual([]);
    }
  });

  it('shows every block of code word for word', () => {
    for (const [path, address] of built.pages) {
      const blocks = [...readText(path).matchAll(/^```[^\n]*\n(.*?)^```$/gms)].map(([, block]) => block);
      const shown = [...(pages.get(address) ?? '').matchAll(/<pre[^>]*><code>(.*?)<\/code><\/pre>/gs)];
      expect(
        shown.map(([, block = '']) => plain(block)),
        path,
      ).toEqual(blocks);
    }
  });

  it('has in its search every heading of the protocol', () => {
    const sections = readFileSync(join(folder, 'site/sections.js'), 'utf8');
    const headings = [...readText('PROTOCOL.md').matchAll(/^## (Q\d+)/gm)].map(([, name]) => name);
    expect(headings.length).toBeGreaterThan(8);
    for (const name of headings) expect(sections).toContain(`"title":"${name}`);
  });
});

describe('the check of links', () => {
  it.each([
    ['nowhere.html', 'docs/nowhere.html is not there'],
    ['rules.html#no-such-rule', 'docs/rules.html has no #no-such-rule'],
    ['#no-such-part', 'docs/gates.html has no #no-such-part'],
    ['../PROTOCOL.html#q99', 'PROTOCOL.html has no #q99'],
    ['/docs/rules.html', 'begins at the top of the host'],
  ])('finds a link to %s', (link, finding) => {
    const html = `${pages.get('docs/gates.html')}<a href="${link}">x</a>`;
    expect(deadLinks('docs/gates.html', html)).toEqual([expect.stringContaining(finding)]);
  });
});

function deadLinks(address: string, html: string): string[] {
  const links = [...html.matchAll(/\b(?:href|src|srcset)="([^"]*)"/g)].map(([, link = '']) => link);
  return links.flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    if (link.startsWith('/')) return [`${address}: ${link} begins at the top of the host`];
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? address : posix.join(posix.dirname(address), path);
    if (!existsSync(join(folder, target))) return [`${address}: ${target} is not there`];
    if (anchor === undefined || idsOf(pages.get(target) ?? '').includes(decodeURIComponent(anchor)))
      return [];
    return [`${address}: ${target} has no #${anchor}`];
  });
}

function idsOf(html: string): string[] {
  return [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => id);
}

function plain(html: string): string {
  return html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
