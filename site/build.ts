import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { docsIcon, docsPage, docsStyle } from '../src/http/openapi/page.ts';
import { layout, type Menu } from './layout.ts';
import { contentsOf, type Rendered, render } from './markdown.ts';

/**
 * Builds the documentation as a folder of plain files: every link is relative, nothing is asked for elsewhere, so that it works below
 * any path and opened from a disk. docs/README.md is its list of contents; what a page links to is built or copied too.
 */

const contents = 'docs/README.md';
const openApi = 'docs/openapi.json';

export interface Built {
  /** Every page that was made from Markdown, by the path of its file. */
  readonly pages: ReadonlyMap<string, string>;
  readonly menu: readonly Menu[];
}

export function buildSite(root: string, folder: string): Built {
  rmSync(folder, { recursive: true, force: true });
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const addressOf = (path: string): string => {
    const file =
      existsSync(join(root, path)) && statSync(join(root, path)).isDirectory() ? `${path}/README.md` : path;
    if (file === openApi) return 'docs/openapi.html';
    return file.replace(/(^|\/)README\.md$/, '$1index.html').replace(/\.md$/, '.html');
  };
  const { pages, copies } = gather(root, read, addressOf);
  const menu = contentsOf(contents, read(contents)).map(({ heading, links }) => ({
    heading,
    entries: links.map(({ text, path }) => ({ title: text, address: addressOf(path) })),
  }));
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const write = (address: string, text: string): void => {
    mkdirSync(dirname(join(folder, address)), { recursive: true });
    writeFileSync(join(folder, address), text);
  };
  const found: object[] = [];
  for (const [path, { html, sections }] of pages) {
    const address = addressOf(path);
    const title = sections[0]?.text ?? path;
    write(address, layout({ title, address, html, headings: sections }, menu, version));
    for (const { anchor, text, words } of sections)
      found.push({ id: found.length, page: title, to: `${address}#${anchor}`, title: text, words });
  }
  for (const path of copies) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  for (const file of ['site.css', 'site.js'])
    cpSync(join(root, 'site/files', file), join(folder, 'site', file));
  cpSync(join(root, 'src/web/styles/tokens.css'), join(folder, 'site/tokens.css'));
  cpSync(join(root, 'src/web/icon.svg'), join(folder, 'site/icon.svg'));
  cpSync(join(root, 'node_modules/minisearch/dist/umd/index.js'), join(folder, 'site/minisearch.js'));
  write('site/sections.js', `var quorateSections = ${JSON.stringify(found)};\n`);
  // The description of the interface as a server shows it, beside what it is made from.
  const back = '<p><a href="index.html">Documentation</a></p>';
  write('docs/openapi.html', docsPage(JSON.parse(read(openApi))).replace('</h1>', `</h1>${back}`));
  write('docs/docs/style.css', docsStyle);
  write('docs/docs/icon.svg', docsIcon);
  return { pages: new Map([...pages.keys()].map((path) => [path, addressOf(path)])), menu };
}

/** The documents that can be reached from README.md and the list of contents, and the other files that they link to. */
function gather(root: string, read: (path: string) => string, addressOf: (path: string) => string) {
  const pages = new Map<string, Rendered>();
  const copies = new Set([openApi]);
  const missing: string[] = [];
  const waiting = ['README.md', contents];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (pages.has(path)) continue;
    const page = render(path, read(path), addressOf);
    pages.set(path, page);
    for (const target of page.targets) {
      const full = join(root, target);
      if (!existsSync(full)) missing.push(`${path} links to ${target}, which is not there`);
      else if (statSync(full).isDirectory()) {
        if (existsSync(join(full, 'README.md'))) waiting.push(posix.join(target, 'README.md'));
        else missing.push(`${path} links to the folder ${target}, which has no README.md`);
      } else if (target.endsWith('.md')) waiting.push(target);
      else copies.add(target);
    }
  }
  if (missing.length > 0) throw new Error(missing.join('\n'));
  return { pages, copies };
}
