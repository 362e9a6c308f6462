import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../harness/server.ts';
import { blocksOf, root } from './blocks.ts';

/**
 * The session in PROTOCOL.md: its commands, run in one shell against a server, give the answers that stand below them, but
 * for tokens, times, the seed of a round and the index.
 */

const rewriting = 'UPDATE_DOCS=1 npx vitest run test/e2e/protocol.test.ts';
const session = blocksOf('PROTOCOL.md', 'console')[0] ?? '';

interface Step {
  /** As a shell reads it: it may have several lines. */
  readonly command: string;
  readonly answer: string;
}

test('the session in PROTOCOL.md goes as it is written', async () => {
  const steps = stepsOf(session);
  const server = await startServer(['--log', 'memory:']);
  try {
    const mark = '=== next ===';
    const script = steps.map(({ command }) => `echo '${mark}'; ${command}`).join('\n');
    const { stdout, stderr } = spawnSync(
      'bash',
      ['--norc', '-c', script.replaceAll('5000', `${server.port}`)],
      {
        encoding: 'utf8',
        timeout: 60_000,
        env: { PATH: process.env.PATH, NO_PROXY: '*', no_proxy: '*' },
      },
    );
    const answers = stdout.split(`${mark}\n`).slice(1);
    expect(stderr).toBe('');
    expect(answers.length).toBe(steps.length);
    if (process.env.UPDATE_DOCS === '1')
      rewrite(steps.map((step, i) => ({ ...step, answer: answers[i] ?? '' })));
    else
      for (const [i, { command, answer }] of steps.entries())
        expect(plain(answers[i] ?? ''), `${command}\nrewrite the answers: ${rewriting}`).toBe(plain(answer));
  } finally {
    await server.stop();
  }
});

/** Commands begin with `$ ` and go on in lines that begin with `> `; what follows is the answer. */
function stepsOf(block: string): Step[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const lines = step.split('\n');
      const end = lines.findIndex((line, i) => i > 0 && !line.startsWith('> '));
      const command = lines.slice(0, end).map((line) => line.replace(/^> /, ''));
      return { command: command.join('\n'), answer: lines.slice(end).join('\n') };
    });
}

/** An answer without line breaks, and with what differs from run to run replaced. */
function plain(answer: string): string {
  return answer
    .replace(/\n\s*/g, '')
    .replace(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"TIME"')
    .replace(/"token":"[^"]*"/g, '"token":"TOKEN"')
    .replace(/"index":\d+/g, '"index":INDEX')
    .replace(/"seed":\d+/g, '"seed":SEED');
}

function rewrite(steps: readonly Step[]): void {
  const text = steps
    .map(
      ({ command, answer }) =>
        `$ ${command.replaceAll('\n', '\n> ')}\n${answer.split('\n').map(wrapped).join('\n')}`,
    )
    .join('');
  const path = join(root, 'PROTOCOL.md');
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(session, () => text),
  );
}

/** A long line of JSON as several, broken before names of members. */
function wrapped(line: string): string {
  const lines = [''];
  for (const part of line.split(/(?<=,)(?="\w+":)/)) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + part.length > 116) lines.push(` ${part}`);
    else lines[lines.length - 1] = last + part;
  }
  return lines.join('\n');
}
