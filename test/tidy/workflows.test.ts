import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readText } from './source.ts';

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface Job {
  readonly 'runs-on': string;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}

const folder = '.github/workflows';
const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };

describe.each(readdirSync(folder))('%s', (name) => {
  const workflow = parse(readText(`${folder}/${name}`)) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const commands = jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => (run === undefined ? [] : [run])));

  it('says what it may, and ends', () => {
    expect(workflow.permissions).toBeDefined();
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  it('each step runs a command or an action of a fixed version', () => {
    for (const { run, uses } of jobs.flatMap(({ steps }) => steps))
      expect(run ?? uses).toMatch(run === undefined ? /^[\w/-]+@(?:v\d+|[0-9a-f]{40})$/ : /\S/);
  });

  it('calls only scripts that there are', () => {
    const called = [...commands, readText('.ci/run')].flatMap((text) =>
      Array.from(text.matchAll(/npm (?:run (?:-s )?)([\w:]+)/g), ([, script = '']) => script),
    );
    expect(called.filter((script) => !(script in scripts))).toEqual([]);
  });
});
