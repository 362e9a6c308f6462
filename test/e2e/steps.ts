import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { root } from './blocks.ts';
import { shell } from './shell.ts';

/** A block of commands of a document, and the lines in the block of text right behind it, in which … stands for anything. */
interface Step {
  readonly commands: string;
  readonly shown: readonly string[];
}

export function stepsOf(document: string): readonly Step[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/\n```sh\n(.*?)```\n(?:\n```text\n(.*?)```)?/gs)].map(([, commands, shown]) => ({
    commands: commands as string,
    shown: (shown ?? '').split('\n').filter((line) => line !== ''),
  }));
}

interface Place {
  /** Where the commands run. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** ms after which they are killed; a minute unless it is said. */
  readonly limit?: number;
}

/** Runs the commands of all steps in one shell; each must end well, and print the lines that are shown, among others. */
export async function follow(steps: readonly Step[], { folder, env, limit }: Place): Promise<void> {
  const script = steps.map(({ commands }, i) => `echo "== step ${i}"\n${commands}`).join('\n');
  const { stdout, code } = await shell(`set -e\nexec 2>&1\ncd ${folder}\n${script}`, env, limit);
  expect(code, stdout).toBe(0);
  const said = stdout.split(/^== step \d+\n/m).slice(1);
  for (const [i, { shown }] of steps.entries())
    for (const line of shown)
      expect(said[i]?.split('\n'), stdout).toContainEqual(expect.stringMatching(like(line)));
}

function like(line: string): RegExp {
  const parts = line.split('…').map((part) => part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
