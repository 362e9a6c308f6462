import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CampaignReport, campaign, type Kill, minimize, seededBugs } from './campaign.ts';

/** The command `npm run sim`. `--json` prints one object, the last line; the exit code is 0 only if all is well. */

const usage = `npm run sim -- [--histories 2000] [--seed 1] [--mutants] [--json] [--trace FILE]

  --histories  how many histories to run, each from its own seed, counting up from --seed
  --mutants    instead: put in each seeded bug and see it found within 1500 histories
  --trace      where a failure leaves its smallest plan and what happened in it (.cache/sim-trace.json)`;

const mutantHistories = 1500;
/** Fewer histories than this need not have seen everything that a run must see. */
const enoughForCounters = 1000;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      histories: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      mutants: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      trace: { type: 'string', default: '.cache/sim-trace.json' },
      help: { type: 'boolean', default: false },
    },
  });
  const [seed, histories] = [Number(values.seed), Number(values.histories)];
  if (values.help || !Number.isInteger(seed) || !Number.isInteger(histories) || histories < 1) {
    console.error(usage);
    return values.help ? 0 : 2;
  }
  // Errors that are answers need no stack, and a stack costs more than most events.
  Error.stackTraceLimit = 0;
  const started = performance.now();
  const took = (): number => (performance.now() - started) / 1000;
  if (values.mutants) {
    const kills = await seededBugs(seed, mutantHistories);
    if (values.json) console.log(JSON.stringify({ mutants: kills, seconds: took() }));
    else console.log(killsText(kills));
    return kills.every(({ history }) => history !== null) ? 0 : 1;
  }
  const report = await campaign(seed, histories);
  if (report.failure !== null) await explain(report.failure.seed, values.trace);
  const rate = report.histories / took();
  if (values.json)
    console.log(JSON.stringify({ ...report, seed, seconds: took(), historiesPerSecond: rate }));
  else console.log(reportText(report, rate));
  const unseen = histories >= enoughForCounters && report.never.length > 0;
  return report.failure === null && !unseen ? 0 : 1;
}

async function explain(seed: number, file: string): Promise<void> {
  const { plan, run } = await minimize(seed);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify({ plan, violations: run.violations, trace: run.trace }, null, 1));
  console.error(`FAILED. Again: npm run sim -- --seed 0x${seed.toString(16)} --histories 1`);
  for (const { invariant, text } of run.violations.slice(0, 5)) console.error(`  ${invariant}: ${text}`);
  const ops = plan.agents.reduce((sum, agent) => sum + agent.ops.length, 0);
  console.error(`  the smallest that fails: ${ops} operations, ${plan.faults.length} faults, in ${file}`);
}

function reportText(report: CampaignReport, rate: number): string {
  const { histories, ops, exchanges, entries, events, linearizable, counts, never, failure } = report;
  const mean = (total: number): string => (total / histories).toFixed(1);
  const lines = [
    `${histories} histories, ${failure === null ? 'no violation' : `seed ${failure.seed} FAILED`}, ${rate.toFixed(0)} a second`,
    `each: ${mean(ops)} operations in ${mean(exchanges)} requests, ${mean(entries)} log entries, ${mean(events)} events`,
    `judged without the index: ${linearizable}`,
    ...Object.keys(counts)
      .sort()
      .map((what) => `  ${String(counts[what]).padStart(8)}  ${what}`),
  ];
  if (never.length > 0) lines.push(`never happened: ${never.join(', ')}`);
  return lines.join('\n');
}

function killsText(kills: readonly Kill[]): string {
  const lines = kills.map(({ mutant, invariant, history, also }) => {
    const end = history === null ? 'SURVIVED' : `history ${history}`;
    return `${end.padEnd(12)} ${invariant.padEnd(4)} ${mutant}${also.length > 0 ? `  (also ${also.join(', ')})` : ''}`;
  });
  const killed = kills.filter(({ history }) => history !== null).length;
  return [...lines, `${killed} of ${kills.length} killed`].join('\n');
}

process.exitCode = await main(process.argv.slice(2));
