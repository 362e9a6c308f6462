import { beforeAll, describe, expect, test } from 'vitest';
import { seriousFindings } from './axe.ts';
import { binary } from './chromium.ts';
import { GroupPage } from './pages/group.ts';
import { Overview } from './pages/overview.ts';
import { VotePage } from './pages/vote.ts';
import { setScene, views } from './scene.ts';
import { stage } from './stage.ts';

/** English words that stand on no page in Spanish: what a page forgot to say in the language of its reader. */
const english =
  /\b(?:the|of|and|is|are|has|not|with|for|you|your|who|all|round|group|seat|vote|value|missing|closed|open|agreed)\b/i;

/** Addresses, and what people and programs wrote in the scene. */
const theirs = /https?:\S+|\/g\/\S+|What \S+ thinks of it\.|not before[^…\n]*(?:is out|…)/g;

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the language of the pages', () => {
  const empty = stage();
  const full = stage();
  beforeAll(() => setScene(full.server.url));

  test.each(views)(
    '$name in Spanish, on a telephone, in the dark: no English left, no serious fault, no wider than the screen',
    async (view) => {
      const { arrive } = view.isOfEmptyServer === true ? empty : full;
      const looks = { width: 360, height: 740, dark: true, locale: 'es-MX' };
      const visitor = await arrive({ ...looks, lan: view.lan === true });
      const { page } = await view.open(visitor);
      expect(await page.evaluate('document.documentElement.lang')).toBe('es');
      expect((await textOf(page)).replaceAll(theirs, '')).not.toMatch(english);
      const frame = new GroupPage(page);
      expect(await frame.overhang()).toBe(0);
      expect(await seriousFindings(page)).toEqual([]);
      expect(visitor.complaints).toEqual([]);
      expect(visitor.strangers()).toEqual([]);
      await page.setViewportSize({ width: 320, height: 740 });
      expect(await frame.overhang()).toBe(0);
    },
  );

  test('a browser gets the first language it asks for that there is', async () => {
    const visitor = await full.arrive({ locale: 'es-AR' });
    const page = await new Overview(await visitor.tab()).open(visitor.server);
    expect(await page.page.title()).toBe('Grupos - Quorate');
    const other = await full.arrive({ locale: 'de-CH' });
    const inEnglish = await new Overview(await other.tab()).open(other.server);
    expect(await inEnglish.page.title()).toBe('Groups - Quorate');
    expect(await inEnglish.page.evaluate('document.documentElement.lang')).toBe('en');
  });

  test('only the language of the page is loaded', async () => {
    const visitor = await full.arrive({ locale: 'es-MX' });
    await new Overview(await visitor.tab()).open(visitor.server);
    const loaded = visitor.asked.map((url) => new URL(url).pathname);
    expect(loaded.filter((path) => /\/es-[^/]*\.js$/.test(path))).toHaveLength(1);
    expect(loaded.filter((path) => /\/en-[^/]*\.js$/.test(path))).toEqual([]);
  });

  test('somebody chooses the other language at the foot, with the keyboard, and it stays on every page', async () => {
    const visitor = await full.arrive();
    const overview = await new Overview(await visitor.tab()).open(visitor.server);
    const { page } = overview;
    const choice = page.getByRole('contentinfo').getByRole('button', { name: 'Español' });
    await choice.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Grupos' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Grupos' }).waitFor();
    const vote = await new VotePage(await visitor.tab()).open(visitor.server, 'lunch');
    await vote.page.getByRole('button', { name: 'Tomar el asiento' }).waitFor();
    await vote.page.getByRole('contentinfo').getByRole('button', { name: 'English' }).click();
    await vote.page.getByRole('button', { name: 'Take the seat' }).waitFor();
  });

  test('what only the server can say is marked as English', async () => {
    const visitor = await full.arrive({ locale: 'es' });
    const page = new GroupPage(await visitor.tab());
    await page.page.goto(`${visitor.server}/g/nowhere`);
    await page.alert.waitFor();
    expect(await page.alert.innerText()).toMatch(/No existe ese grupo\./);
    const group = await new GroupPage(await visitor.tab()).open(visitor.server, 'estimate-export');
    expect(await group.page.locator('.head .why').innerText()).toMatch(/^Lo propusieron 3 de 5/);
  });
});

/** What a page says in the language that it says it has: its texts and names for screen readers, without titles of groups and code. */
async function textOf(page: { evaluate(script: string): Promise<unknown> }): Promise<string> {
  return String(
    await page.evaluate(`(() => {
      const own = document.documentElement.lang;
      const names = [...document.querySelectorAll('[aria-label], [title], [placeholder]')]
        .filter((one) => one.closest('[lang]').lang === own)
        .flatMap((one) => ['aria-label', 'title', 'placeholder'].map((name) => one.getAttribute(name) ?? ''));
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts = [];
      while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (element.closest('[lang]').lang !== own || element.closest('noscript, h1, .what, .code, .mono')) continue;
        texts.push(walker.currentNode.data);
      }
      return [...names, ...texts].join('\\n');
    })()`),
  );
}
