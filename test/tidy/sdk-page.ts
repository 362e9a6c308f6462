import { posix } from 'node:path';
import { parseSync } from 'vite';
import { readText } from './source.ts';

/** The page docs/sdk.md, from what src/client/index.ts exports and the comments that stand there. */

const entry = 'src/client/index.ts';
/** Told first and in this order, with their methods: what programs begin with. */
const first = ['connect', 'Client', 'Group', 'Member', 'Claim', 'Webhooks', 'classroom', 'QuorateError'];

/** An interface that is told method by method, as classes are. */
const opened: ReadonlySet<string> = new Set(['Client']);

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

interface Declared {
  readonly name: string;
  readonly path: string;
  readonly node: Node;
  /** The comment before it, without its marks; empty where there is none. */
  readonly comment: string;
}

/** Something public: an export, or a method of one as `Group.propose`. */
export interface Public {
  readonly name: string;
  readonly comment: string;
}

interface Source {
  readonly text: string;
  readonly body: readonly Node[];
  /** Where each import of a name comes from. */
  readonly imports: ReadonlyMap<string, string>;
}

const sources = new Map<string, Source>();

function sourceOf(path: string): Source {
  let source = sources.get(path);
  if (source === undefined) {
    const text = readText(path);
    const { program, errors } = parseSync(path, text, { lang: 'ts' });
    if (errors.length > 0) throw new Error(`${path} cannot be read: ${errors[0]?.message}`);
    const body = program.body as unknown as Node[];
    const imports = new Map<string, string>();
    for (const node of body)
      if (node.type === 'ImportDeclaration')
        for (const one of node.specifiers as { local: { name: string } }[])
          imports.set(
            one.local.name,
            posix.join(posix.dirname(path), (node.source as { value: string }).value),
          );
    source = { text, body, imports };
    sources.set(path, source);
  }
  return source;
}

/** The comment that ends right before this place. */
function commentBefore(text: string, at: number): string {
  const [, comment] = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(text.slice(0, at)) ?? [];
  return (comment ?? '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();
}

function declared(path: string, name: string): Declared {
  const { text, body, imports } = sourceOf(path);
  for (const outer of body) {
    const node = (outer.type.startsWith('Export') ? (outer.declaration ?? outer) : outer) as Node;
    const names = (node.declarations as { id: { name: string } }[] | undefined)?.map(({ id }) => id.name);
    if ((node.id as { name?: string } | undefined)?.name === name || names?.includes(name) === true)
      return { name, path, node, comment: commentBefore(text, outer.start) };
  }
  const from = imports.get(name);
  if (from !== undefined) return declared(from, name);
  throw new Error(`${path} does not declare ${name}`);
}

/** What the package exports, in the order of its entry point. */
export function exported(): Declared[] {
  return sourceOf(entry).body.flatMap((node) => {
    const from = posix.join(posix.dirname(entry), (node.source as { value: string }).value);
    const names = (node.specifiers as { exported: { name: string } }[]).map(({ exported: one }) => one.name);
    return names.map((name) => declared(from, name));
  });
}

interface Method extends Public {
  /** As it is declared, without its body. */
  readonly signature: string;
}

/** The public methods and fields of a class, then those of the classes that it extends. */
function methodsOf({ node, path, name }: Declared): Method[] {
  if (!opened.has(name) && node.type !== 'ClassDeclaration') return [];
  const base = (node.superClass as { name?: string } | null)?.name;
  const inherited =
    base === undefined || base === 'Error' ? [] : methodsOf({ ...declared(path, base), name });
  const { text } = sourceOf(path);
  const own = (node.body as { body: Node[] }).body.flatMap((member) => {
    const called = (member.key as { name?: string } | undefined)?.name ?? '';
    if (
      member.accessibility !== null &&
      member.accessibility !== undefined &&
      member.accessibility !== 'public'
    )
      return [];
    // What the class that is exported has itself.
    if (member.abstract === true || member.type.startsWith('TSAbstract')) return [];
    if (called === '' || called === 'constructor' || (member.key as Node).type === 'PrivateIdentifier')
      return [];
    if (member.static === true) return [];
    const comment = commentBefore(text, member.start);
    if (comment.includes('@internal')) return [];
    const inner = (member.value as { body?: Node } | null)?.body;
    const signature = text
      .slice(member.start, inner?.start ?? member.end)
      .replace(/^(?:override |async |\*)+/, '')
      .replace(/\s+/g, ' ')
      .replace(/\( /g, '(')
      .replace(/,? \)/g, ')')
      .replace(/ ?[;{]? ?$/, '');
    return [{ name: `${name}.${called}`, comment, signature }];
  });
  return [...own, ...inherited];
}

/** All that must have a comment. */
export function everythingPublic(): Public[] {
  return exported().flatMap((one) => [one, ...methodsOf(one)]);
}

export function sdkPage(): string {
  const all = exported();
  const named = first.map((name) => all.find((one) => one.name === name) as Declared);
  const others = all.filter(({ name }) => !first.includes(name));
  const isType = ({ node }: Declared): boolean =>
    node.type.startsWith('TSInterface') || node.type.startsWith('TSType');
  const functions = others.filter((one) => !isType(one));
  const types = others.filter(isType).sort((a, b) => (a.name < b.name ? -1 : 1));
  return `# The client for JavaScript and TypeScript

Generated from the comments in \`src/client\`; a test fails when the two differ, and says how to write it again. Each example runs in a test.

\`quorate/client\` works in Node and in browsers, over \`fetch\`. Every call names its group, its round and its agent, so it is sent again by itself until there is
an answer: to another server where \`url\` lists several. Every promise rejects with a \`QuorateError\`, whose \`fix\` says what to do, or after an abort with the reason of the signal.

${named.map(section).join('\n')}
## Other functions

${functions.map((one) => `### \`${one.name}\`\n\n${code('ts', signatureOf(one))}\n${described(one.comment)}`).join('\n')}
## Types

${types.map((one) => `### \`${one.name}\`\n\n${described(one.comment)}\n${code('ts', signatureOf(one))}`).join('\n')}`;
}

function section(one: Declared): string {
  const methods = methodsOf(one);
  const own = methods.map(
    ({ name, signature, comment }) =>
      `### \`${name.replace(/^[A-Z]/, (letter) => letter.toLowerCase())}\`\n\n${code('ts', signature)}\n${described(comment)}`,
  );
  const head = methods.length > 0 ? '' : `${code('ts', signatureOf(one))}\n`;
  return `## \`${one.name}\`\n\n${head}${described(one.comment)}\n${own.join('\n')}`;
}

/** A declaration without its body, as it stands. */
function signatureOf({ node, path }: Declared): string {
  const { text } = sourceOf(path);
  const body = node.type === 'FunctionDeclaration' ? (node.body as Node | null) : null;
  return text
    .slice(node.start, body?.start ?? node.end)
    .replace(/^async /, '')
    .trim();
}

/** A comment in Markdown: its sentences, and its example. */
function described(comment: string): string {
  const [sentences = '', example] = comment.split(/^@example\n/m);
  const shown = sentences.trim().replaceAll('<', '&lt;');
  return [shown, ...(example === undefined ? [] : [code('js', example.trim())])]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n')
    .replace(/\n\n$/, '\n');
}

function code(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\`\n`;
}
