import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness/server.ts';
import { blocksOf, root } from './blocks.ts';

/** The README's blocks of commands, in order, in one shell, in a copy of the project that holds what is committed. */

const blocks = (language: string): readonly string[] => blocksOf('README.md', language);

test.each([
  ['js', 'agree.mjs'],
  ['shell', 'agree.sh'],
  ['python', 'agree.py'],
])('the program in %s is that of examples/%s', (language, file) => {
  const program = readFileSync(join(root, 'examples', file), 'utf8').replace(/^.*\n\n?/, '');
  expect(blocks(language)).toEqual([program]);
});

/** Runs the blocks of commands of a document, one after the other in one shell, on a fresh clone. */
async function runBlocks(document: string) {
  const { path, remove } = temporaryFolder();
  try {
    const clone = join(path, 'clone');
    for (const file of execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
      .trim()
      .split('\n')) {
      mkdirSync(dirname(join(clone, file)), { recursive: true });
      cpSync(join(root, file), join(clone, file));
    }
    symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
    const bin = join(path, 'bin');
    mkdirSync(bin);
    // Packages are here already: a test fetches nothing.
    const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
    writeFileSync(join(bin, 'npm'), `#!/bin/sh\n[ "$1" = ci ] || exec ${npm} "$@"\n`);
    chmodSync(join(bin, 'npm'), 0o755);
    const port = await freePort();
    const script = blocksOf(document, 'sh').map((text, i) => `echo "== block ${i + 1}"\n${text}`);
    const last = "trap 'npx quorate server stop >/dev/null 2>&1 || true' EXIT";
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-e', '-o', 'pipefail', '-c', [last, ...script].join('\n').replaceAll('5000', `${port}`)],
      {
        cwd: clone,
        encoding: 'utf8',
        timeout: 200_000,
        env: {
          PATH: `${bin}${delimiter}${process.env.PATH}`,
          HOME: path,
          // npm would ask for its own newest version.
          npm_config_update_notifier: 'false',
          QUORATE_PORT: `${port}`,
          QUORATE_URL: `http://127.0.0.1:${port}`,
          NO_PROXY: '*',
          no_proxy: '*',
        },
      },
    );
    return { status, stdout, said: `${stdout}\n${stderr}` };
  } finally {
    remove();
    rmSync(path, { recursive: true, force: true });
  }
}

test('every block of commands ends well, in order, in one shell, on a fresh clone', async () => {
  const { status, stdout, said } = await runBlocks('README.md');
  expect(status, said).toBe(0);
  expect(stdout).toContain('Agreed on');
  expect(stdout, said).toMatch(/SUCCESS "approve".*\nit is open\ndeploying, with fence \d+\n/);
  expect(stdout, said).toMatch(
    /^3 {2}ann: Lunch at noon\?\n4 {2}\[bob has joined\]\n5 {2}\[a message to others\]$/m,
  );
  expect(stdout, said).toMatch(/^8$/m);
  expect(stdout).toContain('"state":"SUCCESS","reason":"agreed","value":"pizza"');
  for (const id of [1, 2, 3]) expect(stdout, said).toMatch(new RegExp(`^${id}: agreed on \\d+$`, 'm'));
  expect(stdout, said).toContain('deleted default');
  expect(stdout, said).toContain('stopped http://127.0.0.1');
  expect(said).not.toMatch(/"code":|curl: \(|error:/);
}, 240_000);

test('so does every block of README.es.md', async () => {
  const { status, stdout, said } = await runBlocks('README.es.md');
  expect(status, said).toBe(0);
  expect(stdout).toContain('Agreed on');
  // What the page shows below its curl lines is what they answer.
  const [, answers = ''] = blocksOf('README.es.md', 'text').map((text) => text.trim().replaceAll('\n', ''));
  expect(stdout.replaceAll('\n', ''), said).toContain(answers);
  expect(stdout, said).toMatch(/"state":"SUCCESS","reason":"agreed","value":9/);
  for (const id of [1, 2, 3]) expect(stdout, said).toMatch(new RegExp(`^${id}: agreed on \\d+$`, 'm'));
  expect(stdout, said).toContain('deleted default');
  expect(stdout, said).toMatch(/SUCCESS.*pizza/);
  expect(stdout, said).toContain('stopped http://127.0.0.1');
  expect(said).not.toMatch(/"code":|curl: \(|error:/);
}, 240_000);

test('each README leads to the other, and their pictures are there', () => {
  for (const [document, other] of [
    ['README.md', 'README.es.md'],
    ['README.es.md', 'README.md'],
  ] as const) {
    const text = readFileSync(join(root, document), 'utf8');
    expect(text).toContain(`](${other})`);
    for (const [, path = ''] of text.matchAll(/(?:!\[[^\]]*\]\(|srcset="|src=")(docs\/[^)"]+)/g))
      expect(statSync(join(root, path)).size, path).toBeLessThan(110_000);
  }
});

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
