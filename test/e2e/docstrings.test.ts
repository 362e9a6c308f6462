import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { classroom, connect } from '../../src/client/index.ts';
import { type Server, startServer, within } from '../harness/server.ts';

/** Every public function of the SDK shows how it is used, and what it shows, also in docs/sdk.md, runs. */

const limit = 15_000;
const folder = fileURLToPath(new URL('../../src/client/', import.meta.url));

interface Documented {
  readonly name: string;
  /** The lines of its example; null where there is none. */
  readonly example: string | null;
}

const members = /^ {2}(?:async )?\*?(\w+)(?:<[^>]*>)?\(/;
const functions = /^export (?:async )?function\*? (\w+)/;
const found = [
  ...documentedIn('group.ts', members),
  ...documentedIn('group-agents.ts', members),
  ...documentedIn('group-by-hand.ts', members),
  ...documentedIn('group-messages.ts', members),
  ...documentedIn('member.ts', members),
  ...documentedIn('webhooks.ts', members),
  ...documentedIn('connect.ts', members),
  ...documentedIn('connect.ts', functions),
  ...documentedIn('classroom.ts', functions),
].filter(({ name }) => !name.endsWith('constructor') && !name.endsWith('transportOf'));

let server: Server;
beforeAll(async () => {
  server = await startServer([
    '--log',
    'memory:',
    '--agents',
    '1',
    '--quorum',
    '1',
    '--webhook-allow',
    '127.0.0.1:9',
  ]);
});
afterAll(() => server?.kill());

test('each public function has an example', () => {
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter(({ example }) => example === null).map(({ name }) => name)).toEqual([]);
});

const examples = found.filter(({ example }) => example !== null);

test.each(examples)('the example of $name runs', async ({ name, example }) => {
  const { url } = server;
  const group = connect({ url }).group('lunch');
  await group.delete().catch(() => {});
  // One agent alone decides, and the next round opens: no example has to wait for others.
  await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
  const code = `return (async () => {${example?.replaceAll('http://127.0.0.1:5000', url)}\n})()`;
  const quiet = { log: () => {}, error: () => {} };
  const run = new Function('connect', 'classroom', 'url', 'group', 'console', code);
  await within(limit, run(connect, classroom, url, group, quiet), () => `${name} did not end:\n${example}`);
});

function documentedIn(file: string, signature: RegExp): Documented[] {
  const lines = readFileSync(folder + file, 'utf8').split('\n');
  return lines.flatMap((line, at) => {
    const name = signature.exec(line)?.[1];
    // Control flow and calls look like members to the expression.
    if (name === undefined || /^ {2}(?:if|for|while|switch|return|catch)\b/.test(line)) return [];
    const from = commentAbove(lines, at);
    if (from === null && !isPublic(lines, at)) return [];
    return [{ name: `${file} ${name}`, example: from === null ? null : exampleIn(lines.slice(from, at)) }];
  });
}

/** Inside a class or an exported interface, and not by indentation only. */
function isPublic(lines: readonly string[], at: number): boolean {
  for (let i = at; i >= 0; i -= 1) {
    const line = lines[i] as string;
    if (/^(?:export )?(?:async )?function|^interface|^const/.test(line)) return false;
    if (/^export (?:class|interface)/.test(line)) return true;
  }
  return false;
}

function commentAbove(lines: readonly string[], at: number): number | null {
  if (!lines[at - 1]?.trim().endsWith('*/')) return null;
  let from = at - 1;
  while (!lines[from]?.trim().startsWith('/**')) from -= 1;
  return from;
}

function exampleIn(comment: readonly string[]): string | null {
  const text = comment.map((line) => line.replace(/^\s*(?:\/\*\*|\*\/|\*) ?/, '')).join('\n');
  return /@example\n([\s\S]*)/.exec(text)?.[1]?.trimEnd() ?? null;
}
