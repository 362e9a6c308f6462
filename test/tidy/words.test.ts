import { parseSync } from 'vite';
import { expect, test } from 'vitest';
import { readText, sourcesIn } from './source.ts';

/** Texts of the pages stand in src/web/words, and nowhere else: else no other language has them. */

interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: { readonly name?: string };
  readonly [member: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** Attributes whose value is read by the browser alone. */
const technical =
  /^(?:class|d|viewBox|rel|type|id|for|field|href|name|role|lang|form|list|scope|key|autocomplete|autocapitalize|inputMode|enterkeyhint|aria-(?:current|hidden|live|haspopup|controls|describedby|labelledby)|data-.*|fill|stroke|points|transform|text-anchor|preserveAspectRatio|style)$/;

/** What people would read: two letters next to each other, and no entity or sign. */
const reads = (text: unknown): text is string => typeof text === 'string' && /\p{L}{2}/u.test(text);

/** The texts that a file of components shows in its own words. */
function textsIn(path: string, source: string): string[] {
  const found: string[] = [];
  const { program, errors } = parseSync(path, source, { lang: 'tsx' });
  if (errors.length > 0) throw new Error(`${path} cannot be read: ${errors[0]?.message}`);
  visit(program as unknown as Node);
  return found;

  function visit(node: Node): void {
    if (node.type === 'JSXText' && reads(node.value)) found.push(node.value.trim());
    if (node.type === 'JSXAttribute') {
      const { name = '' } = node.name ?? {};
      if (technical.test(name)) return;
      if (isNode(node.value)) shown(node.value, name);
    }
    if (node.type === 'JSXElement' || node.type === 'JSXFragment')
      for (const child of node.children as Node[])
        if (child.type === 'JSXExpressionContainer') shown(child.expression as Node, '');
    for (const member of Object.values(node)) for (const one of [member].flat()) if (isNode(one)) visit(one);
  }

  /** What an expression shows: a text, or one of several. */
  function shown(node: Node, attribute: string): void {
    if (node.type === 'Literal' && reads(node.value)) {
      // A word in small letters is a state that a component is given, such as "bad".
      if (
        attribute === '' ||
        /^(?:aria-|title|alt|placeholder|label)/.test(attribute) ||
        / /.test(node.value)
      )
        found.push(node.value);
    } else if (node.type === 'TemplateLiteral') {
      const quasis = node.quasis as { readonly value: { readonly raw: string } }[];
      const text = quasis.map(({ value }) => value.raw).join(' ');
      if (reads(text)) found.push(text);
    } else if (node.type === 'ConditionalExpression') {
      shown(node.consequent as Node, attribute);
      shown(node.alternate as Node, attribute);
    } else if (node.type === 'LogicalExpression') shown(node.right as Node, attribute);
    else if (node.type === 'JSXExpressionContainer') shown(node.expression as Node, attribute);
  }
}

test('texts of the pages stand in src/web/words only', () => {
  const components = sourcesIn('src/web').filter(({ path }) => path.endsWith('.tsx'));
  const found = components.flatMap(({ path, text }) =>
    textsIn(path, text)
      // A name, and commands, are the same in every language.
      .filter((one) => one !== 'Quorate' && !one.startsWith('quorate '))
      .map((one) => `${path} says "${one}": move it to src/web/words`),
  );
  expect(found, found.join('\n')).toEqual([]);
  expect(components.length).toBeGreaterThan(30);
});

test('no title of a page stands elsewhere', () => {
  const found = sourcesIn('src/web').filter(({ text }) => /document\.title = [`'"]/.test(text));
  expect(found.map(({ path }) => path)).toEqual([]);
});

test.each([
  ['<p>Hello there</p>', ['Hello there']],
  ['<p title="Press me" class="plain button">{a}</p>', ['Press me']],
  ["<p>{isIn ? 'in time' : words.late}</p>", ['in time']],
  ['<p aria-label={`Copy $' + '{what}`}>·</p>', ['Copy']],
  ['<p>{n > 1 && "many"}</p>', ['many']],
  ['<Notice kind="bad" title={words.title}>{` · $' + '{who}`}</Notice>', []],
])('%s is found to say %j', (component, texts) => {
  expect(textsIn('a.tsx', `const a = ${component};`).map((text) => text.trim())).toEqual(texts);
});

/** Pages say in every language that they need scripts: there nothing has chosen one. */
const shells = ['index.html', 'new.html', 'play.html', 'cluster.html', 'g/group.html', 'g/group/vote.html'];

test.each(shells)('%s says without scripts what it needs, in each language', (shell) => {
  const [, said = ''] = /<noscript>(.*?)<\/noscript>/s.exec(readText(`src/web/${shell}`)) ?? [];
  expect(said).toMatch(/<p>These pages need JavaScript/);
  expect(said).toMatch(/<p lang="es">Estas páginas necesitan JavaScript/);
});
