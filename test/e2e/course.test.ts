import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { freePorts } from '../cluster/ports.ts';
import { temporaryFolder } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { root } from './blocks.ts';
import { canRun } from './shell.ts';
import { follow, stepsOf } from './steps.ts';

/** Pages whose commands start servers, and kill them: every command, in one shell, with real servers and a real etcd. */

const etcd = etcdBinary();
const written = ['5000', '5001', '5002', '5003', '5443', '2371', '2372', '2373', '2381', '2382', '2383'];

async function typeIn(document: string): Promise<void> {
  const { path, remove } = temporaryFolder();
  const bin = join(path, 'bin');
  mkdirSync(bin);
  const program = join(bin, 'quorate');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${root}bin/quorate.js "$@"\n`);
  chmodSync(program, 0o755);
  const ports = await freePorts(written.length);
  const moved = (text: string): string =>
    text.replace(new RegExp(`\\b(?:${written.join('|')})\\b`, 'g'), (port) =>
      String(ports[written.indexOf(port)]),
    );
  const steps = stepsOf(document).map(({ commands, shown }) => ({ commands: moved(commands), shown }));
  expect(steps.length).toBeGreaterThan(0);
  const env = {
    PATH: [bin, etcd === null ? '' : dirname(etcd), process.env.PATH].join(delimiter),
    HOME: path,
    QUORATE_URL: `http://127.0.0.1:${ports[0]}`,
    QUORATE_PORT: String(ports[0]),
    NO_PROXY: '*',
    no_proxy: '*',
  };
  // The program itself, so that $! is the number of its process. What fails leaves none behind, which would hold its output open.
  const own = { commands: `unset -f quorate npx\ntrap '[ $? = 0 ] || kill -9 0' EXIT`, shown: [] };
  await follow([own, ...steps], { folder: path, env, limit: 150_000 }).finally(remove);
}

// Where there is no etcd, etcdBinary has said so aloud.
test.runIf(etcd !== null && canRun('the course', ['curl']))('docs/course.md', { timeout: 170_000 }, () =>
  typeIn('docs/course.md'),
);

test.runIf(canRun('the page about security', ['curl', 'openssl']))(
  'docs/security.md',
  { timeout: 170_000 },
  () => typeIn('docs/security.md'),
);
