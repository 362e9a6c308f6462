import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readText, root } from './source.ts';

/** Every block of code in a document is run by a test, or stands here with the reason why not. */

const readme = 'test/e2e/readme.test.ts';
const guides = 'test/e2e/guides.test.ts';
const course = 'test/e2e/course.test.ts';
const snippets = 'test/e2e/snippets.test.ts';
const worked = 'test/e2e/worked-examples.test.ts';
const commands = 'test/tidy/commands.test.ts';

/**
 * By document and language: the test that runs the blocks, or compares what they show; or `not run: ` and why. A guide's `sh` is run and its
 * `text` compared with what that printed; `shell` is what waits for people or for ever. '' is a block without a language.
 */
const blocks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': {
    sh: readme,
    text: readme,
    js: readme,
    shell: readme,
    python: readme,
    json: 'test/e2e/mcp.test.ts',
  },
  'README.es.md': { sh: readme, text: readme },
  'PROTOCOL.md': { console: 'test/e2e/protocol.test.ts' },
  'CONTRIBUTING.md': { '': commands },
  'ARCHITECTURE.md': { '': 'not run: a drawing' },
  'docs/classroom.md': {
    sh: commands,
    text: 'test/play/figure.test.ts',
  },
  'docs/cluster.md': { sh: 'test/cluster/runbook.test.ts', '': 'not run: a drawing' },
  'docs/containers.md': {
    '': 'not run: there is no Docker and no Kubernetes here; test/deploy builds the image and runs what they would run',
  },
  'docs/course.md': { sh: course, text: course },
  'docs/gates.md': {
    sh: guides,
    text: guides,
    js: snippets,
    shell: 'not run: it waits for people; test/e2e/gate-command.test.ts runs such commands',
    yaml: 'test/e2e/github-action.test.ts',
  },
  'docs/group-communication.md': { sh: guides, text: guides },
  'docs/guarantees.md': { shell: commands },
  'docs/history-format.md': { js: snippets, json: snippets },
  'docs/mcp.md': { json: 'test/e2e/mcp.test.ts' },
  'docs/metrics.md': {
    yaml: 'test/cluster/prometheus.test.ts',
  },
  'docs/operate.md': {
    nginx: 'test/harness/nginx.ts',
    caddy: 'test/hostile/caddy.test.ts',
    shell: 'test/e2e/logs.test.ts',
    js: 'test/e2e/traces.test.ts',
    cron: 'test/disk/archive.test.ts',
    '': 'not run: DIR, keys and people are the reader’s; test/disk and test/e2e/invites.test.ts run such commands',
  },
  'docs/panels.md': {
    sh: guides,
    text: guides,
    python: guides,
    shell: guides,
    json: 'not run: parts of what a panel prints and its members read; test/e2e/panel.test.ts has them whole',
  },
  'docs/performance.md': {
    '': 'not run: minutes on a machine of its own; test/tidy/commands.test.ts looks that they exist',
  },
  'docs/rules.md': { sh: guides, text: guides },
  'docs/scale.md': { '': 'not run: a formula' },
  'docs/sdk.md': { js: 'test/e2e/docstrings.test.ts', ts: 'test/tidy/sdk.test.ts' },
  'docs/security.md': { sh: course, text: course },
  'docs/webhooks.md': {
    sh: 'test/e2e/webhooks.test.ts',
    python: 'test/e2e/webhooks.test.ts',
    text: 'test/e2e/webhooks.test.ts',
    json: 'test/e2e/webhooks.test.ts',
    shell: 'not run: the server with names of the reader; test/e2e/webhooks.test.ts starts one with its own',
  },
  'clients/javascript/README.md': { js: 'test/e2e/client-package.test.ts' },
  'clients/python/README.md': { python: 'test/cluster/python.test.ts' },
  'examples/classroom/README.md': { sh: worked, text: worked },
  'examples/panel/README.md': {
    sh: worked,
    text: worked,
    shell: 'not run: it needs models of the reader; test/e2e/guides.test.ts runs examples/member.py with one',
  },
  'examples/poker/README.md': {
    sh: 'test/browser/poker-room.test.ts',
    text: 'test/browser/poker-room.test.ts',
    shell: 'not run: the address is that of the reader’s network; test/e2e/lan.test.ts starts such servers',
  },
  'examples/release-gate/README.md': {
    sh: worked,
    text: worked,
    shell: 'not run: it names the server of the reader',
  },
  'examples/replicas/README.md': { sh: worked, text: worked },
};

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'clients', 'examples', 'decisions'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
  ),
];

it('every block of code is run, or stands in this list with a reason', () => {
  const found = documents.flatMap((path) => {
    const openings = [...readText(path).matchAll(/^```([^\n`]*)\n[\s\S]*?^```$/gm)];
    return [...new Set(openings.map(([, language = '']) => `${path}: ${language}`))];
  });
  const listed = Object.entries(blocks).flatMap(([path, own]) =>
    Object.keys(own).map((language) => `${path}: ${language}`),
  );
  expect(listed.toSorted()).toEqual(found.toSorted());
});

it('the tests of the list exist and name the document, or its folder, or are those of the place', () => {
  const wrong = Object.entries(blocks).flatMap(([path, own]) =>
    Object.values(own)
      .filter((who) => !who.startsWith('not run: '))
      .filter((who) => {
        if (!existsSync(join(root, who))) return true;
        const text = readText(who);
        const name = path.split('/').at(-1)?.replace(/\.md$/, '') ?? '';
        const folder = path.split('/').at(-2) ?? '';
        return ![path, `'${name}'`, `'${folder}'`, `examples/${folder}/`].some((word) => text.includes(word));
      })
      .map((who) => `${path}: ${who}`),
  );
  expect(wrong).toEqual([]);
});
