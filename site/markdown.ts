import { posix } from 'node:path';
import GithubSlugger from 'github-slugger';
import MarkdownIt, { type Token } from 'markdown-it';

/** Markdown as a Git host shows it, with links that lead to the built pages. */

export interface Heading {
  readonly level: number;
  readonly text: string;
  /** The same as on a Git host, so that a link with an anchor works in both places. */
  readonly anchor: string;
}

/** A heading and the words up to the next one: what a search finds. */
interface Section extends Heading {
  readonly words: string;
}

export interface Rendered {
  readonly html: string;
  readonly sections: readonly Section[];
  /** What the text links to or shows, as paths from the project's folder, without anchors. */
  readonly targets: readonly string[];
}

const shown = new Set(['picture', 'source', 'img', 'br']);
const markdown = new MarkdownIt({ html: true });
// What is wider than the page scrolls by itself, also by keys.
markdown.renderer.rules.table_open = () =>
  '<div class="wide" tabindex="0" role="region" aria-label="Table"><table>';
markdown.renderer.rules.table_close = () => '</table></div>';
markdown.renderer.rules.fence = (tokens, at) => {
  const { content = '', info = '' } = tokens[at] ?? {};
  return `<pre class="${escapeHtml(info || 'text')}" tabindex="0"><code>${escapeHtml(content)}</code></pre>\n`;
};

/** Renders the text of the file at `path`; `addressOf` says where a linked path is in the site, as seen from its top. */
export function render(path: string, text: string, addressOf: (path: string) => string): Rendered {
  const tokens = markdown.parse(text, {});
  const slugger = new GithubSlugger();
  const sections: { level: number; text: string; anchor: string; words: string }[] = [];
  const targets: string[] = [];
  const lead = (link: string): string => {
    if (/^[a-z]+:/.test(link) || link.startsWith('#')) return link;
    const [file = '', anchor] = link.split('#');
    const target = posix.join(posix.dirname(path), file);
    targets.push(target);
    const address = posix.relative(posix.dirname(addressOf(path)), addressOf(target));
    return anchor === undefined ? address : `${address}#${anchor}`;
  };
  for (const [i, token] of tokens.entries()) {
    if (token.type === 'heading_open') {
      const said = textOf(tokens[i + 1]);
      const anchor = slugger.slug(said);
      token.attrSet('id', anchor);
      sections.push({ level: Number(token.tag.slice(1)), text: said, anchor, words: '' });
    } else if (token.type === 'html_block') token.content = html(path, token.content, lead);
    else if (token.type === 'inline' || token.type === 'fence') {
      const section = sections.at(-1);
      if (section !== undefined && tokens[i - 1]?.type !== 'heading_open')
        section.words += ` ${textOf(token)}`;
      for (const child of token.children ?? []) {
        for (const name of ['href', 'src']) {
          const link = child.attrGet(name);
          if (link !== null) child.attrSet(name, lead(String(link)));
        }
        if (child.type === 'html_inline') child.content = html(path, child.content, lead);
      }
    }
  }
  return { html: markdown.renderer.render(tokens, markdown.options, {}), sections, targets };
}

/** The sections and links of a list of contents: each heading of the second level, and the links below it. */
export function contentsOf(
  path: string,
  text: string,
): { heading: string; links: { text: string; path: string }[] }[] {
  const contents: { heading: string; links: { text: string; path: string }[] }[] = [];
  const tokens = markdown.parse(text, {});
  for (const [i, token] of tokens.entries()) {
    if (token.type === 'heading_open' && token.tag === 'h2')
      contents.push({ heading: textOf(tokens[i + 1]), links: [] });
    const children = token.children ?? [];
    for (const [j, child] of children.entries())
      if (child.type === 'link_open' && j === 0)
        contents.at(-1)?.links.push({
          text: children[j + 1]?.content ?? '',
          path: posix.join(posix.dirname(path), String(child.attrGet('href') ?? '')),
        });
  }
  return contents;
}

/** Raw HTML: pictures only. A name in angle brackets would not be seen on any Git host either. */
function html(path: string, content: string, lead: (link: string) => string): string {
  for (const [tag, name = ''] of content.matchAll(/<\/?([a-z][\w-]*)/gi))
    if (!shown.has(name.toLowerCase()))
      throw new Error(`${path}: ${tag}> is read as HTML and not shown: put it between backquotes`);
  return content.replace(
    /\b(src|srcset)="([^"]+)"/g,
    (_, name: string, link: string) => `${name}="${lead(link)}"`,
  );
}

function textOf(token: Token | undefined): string {
  if (token?.type === 'fence') return token.content;
  return (token?.children ?? [])
    .map(({ type, content }) => (type === 'softbreak' ? ' ' : type.startsWith('html') ? '' : content))
    .join('');
}

export function escapeHtml(text: string): string {
  return markdown.utils.escapeHtml(text);
}
