import { posix } from 'node:path';
import { escapeHtml, type Heading } from './markdown.ts';

/** A page of the site around the text of a document: menu, way through the page, the pages before and after. */

interface Entry {
  readonly title: string;
  /** As seen from the top of the site. */
  readonly address: string;
}

export interface Menu {
  readonly heading: string;
  readonly entries: readonly Entry[];
}

interface Page extends Entry {
  readonly html: string;
  readonly headings: readonly Heading[];
}

export function layout(page: Page, menu: readonly Menu[], version: string): string {
  const to = (address: string): string => posix.relative(posix.dirname(page.address), address);
  const up = to('x').slice(0, -1);
  const entries = menu.flatMap((part) => part.entries);
  const at = entries.findIndex(({ address }) => address === page.address);
  const beside = (entry: Entry | undefined, rel: string): string =>
    at < 0 || entry === undefined
      ? ''
      : `<a rel="${rel}" href="${to(entry.address)}"><small>${rel === 'prev' ? 'Before' : 'Next'}</small> ${escapeHtml(entry.title)}</a>`;
  const parts = menu.map(
    ({ heading, entries: own }) =>
      `<h2>${escapeHtml(heading)}</h2>\n<ul>${own
        .map(
          ({ title, address }) =>
            `<li><a href="${to(address)}"${address === page.address ? ' aria-current="page"' : ''}>${escapeHtml(title)}</a></li>`,
        )
        .join('\n')}</ul>`,
  );
  const headings = page.headings.filter(({ level }) => level === 2 || level === 3);
  const here =
    headings.length < 3
      ? ''
      : `<nav class="here" aria-label="On this page"><h2>On this page</h2><ul>${headings
          .map(
            ({ level, text, anchor }) =>
              `<li class="l${level}"><a href="#${anchor}">${escapeHtml(text)}</a></li>`,
          )
          .join('\n')}</ul></nav>`;
  return `<!doctype html>
<html lang="${page.address.endsWith('.es.html') ? 'es' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.address === 'index.html' ? 'Quorate' : `${escapeHtml(page.title)} · Quorate`}</title>
<link rel="icon" type="image/svg+xml" href="${up}site/icon.svg">
<link rel="stylesheet" href="${up}site/tokens.css">
<link rel="stylesheet" href="${up}site/site.css">
<script src="${up}site/site.js" data-top="${up}" defer></script>
</head>
<body>
<a class="skip" href="#text">To the text</a>
<header>
<a class="home" href="${to('index.html')}"><img src="${up}site/icon.svg" alt="" width="20" height="20"> Quorate <small>${escapeHtml(version)}</small></a>
<form role="search" hidden><input type="search" placeholder="Search" aria-label="Search the documentation" autocomplete="off"><div class="found" aria-live="polite"></div></form>
</header>
<div class="columns">
<details class="menu"><summary>Contents</summary><nav aria-label="Contents">${parts.join('\n')}</nav></details>
<main id="text">
${page.html}
<nav class="beside" aria-label="Before and next">${beside(entries[at - 1], 'prev')}${beside(entries[at + 1], 'next')}</nav>
</main>
${here}
</div>
</body>
</html>
`;
}
