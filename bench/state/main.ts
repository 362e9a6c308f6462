import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../figure.ts';
import type { Order, StepName } from './steps.ts';

/**
 * node scripts/run.js bench/state/main.ts [--groups 200000] [--proposals 1000000] [--only idle,replay,groups,large]
 *
 * What the state costs: memory of an idle group, replay, checkpoints while commands go on, restart. Each step
<<<<<<< HEAD
 * runs in a process of its own, on a log on disk, in a temporary directory. The last line is JSON; for a million groups with
=======
 * runs in a process of its own, on a durable log in a temporary directory. The last line is JSON; for a million groups with
>>>>>>> main
 * three proposals each: --groups 1000000.
 */
const { values } = parseArgs({
  options: {
    groups: { type: 'string', default: '200000' },
    proposals: { type: 'string', default: '1000000' },
    only: { type: 'string', default: 'idle,replay,groups,large' },
  },
});
const sizes = { groups: Number(values.groups), proposals: Number(values.proposals) };

/** row -> its steps, in order: what each is called in the result, and which one it is. */
const rows: Readonly<Record<string, readonly (readonly [label: string, step: StepName])[]>> = {
  idle: [['idle', 'idle']],
  replay: [
    ['fill', 'fillReplay'],
    ['replay', 'replay'],
  ],
  groups: [
    ['fill', 'fillGroups'],
    ['checkpoint', 'checkpoint'],
    ['restart', 'restart'],
    ['change', 'change'],
    ['second checkpoint', 'checkpoint'],
    ['second restart', 'restart'],
  ],
  large: [
    ['fill', 'fillLarge'],
    ['checkpoint', 'checkpoint'],
    ['restart', 'restart'],
  ],
};

const results: Record<string, Record<string, unknown>> = {};
for (const name of values.only.split(',')) {
  const steps = rows[name];
  if (steps === undefined) throw new Error(`no row ${name}; rows: ${Object.keys(rows).join(', ')}`);
  const dir = mkdtempSync(path.join(os.tmpdir(), 'quorate-bench-'));
  try {
    const result: Record<string, unknown> = {};
    results[name] = result;
    for (const [label, step] of steps) {
      result[label] = await inChild({ ...sizes, step, dir });
      process.stderr.write(`${name} ${label}: ${JSON.stringify(result[label])}\n`);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
process.stdout.write(
  `${JSON.stringify({ date: new Date().toISOString(), machine: machine(), ...sizes, rows: results })}\n`,
);

/** What a step has measured, in a process of its own. */
async function inChild(order: Order): Promise<unknown> {
  const execArgv = ['--expose-gc', '--max-old-space-size=12000'];
  const child = fork(path.join(import.meta.dirname, 'steps.js'), [JSON.stringify(order)], { execArgv });
  let result: unknown;
  child.on('message', (message) => {
    result = message;
  });
  const [code] = await once(child, 'exit');
  if (result === undefined) throw new Error(`${order.step} ended with ${code}`);
  return result;
}
