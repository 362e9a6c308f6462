// @ts-nocheck
import os from 'node:os';
import { parseArgs } from 'node:util';
import { durableProposals } from './commit.ts';
import { proposalCost } from './core.ts';
import { quorateOverEtcd, straightOnEtcd } from './etcd.ts';
import { nodeHttp, quorate } from './http.ts';

/**
 * npm run bench -- [--only name,name] [--seconds 5] [--runs 3] [--json]
 *
 * Rows are measured in turn, run after run, in one process's time; what counts is the ratio to the peer in the same run. The load
 * comes from the same machine and takes its share of the cores from all rows alike.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const runs = Number(values.runs);

/** name -> how to measure it once, and the row whose figure it is compared with. */
const rows = {
  'node-http': { run: () => nodeHttp(seconds), peer: null },
  'http-memory': { run: () => quorate('memory', seconds), peer: 'node-http' },
  'etcd-straight': { run: () => straightOnEtcd(seconds), peer: null },
  etcd: { run: () => quorateOverEtcd(seconds), peer: 'etcd-straight' },
  'core-3': { run: () => proposalCost(3, 'exact'), peer: null },
  'core-100000': { run: () => proposalCost(100_000, 'exact'), peer: 'core-3' },
  'core-text-3': { run: () => proposalCost(3, 'text'), peer: null },
  'core-text-100000': { run: () => proposalCost(100_000, 'text'), peer: 'core-text-3' },
  'core-tolerance-3': { run: () => proposalCost(3, { tolerance: 0.5 }), peer: null },
  'core-tolerance-100000': { run: () => proposalCost(100_000, { tolerance: 0.5 }), peer: 'core-tolerance-3' },
  'commit-each': { run: () => durableProposals(seconds, 96, 1), peer: null },
  'group-commit-1': { run: () => durableProposals(seconds, 1), peer: 'commit-each' },
  'group-commit-8': { run: () => durableProposals(seconds, 8), peer: 'commit-each' },
  'group-commit-96': { run: () => durableProposals(seconds, 96), peer: 'commit-each' },
  'http-lmdb': { run: () => quorate('lmdb', seconds), peer: 'node-http' },
};

// `group-commit` stands for all rows whose names begin so.
const isAsked = (name, asked) => name === asked || name.startsWith(`${asked}-`);
const asked = values.only?.split(',') ?? Object.keys(rows);
const chosen = Object.keys(rows).filter((name) => asked.some((some) => isAsked(name, some)));
const unknown = asked.find((some) => !chosen.some((name) => isAsked(name, some)));
if (unknown !== undefined || !(seconds >= 1) || !(runs >= 1)) {
  process.stderr.write(`unknown row or number; rows: ${Object.keys(rows).join(', ')}\n`);
  process.exit(2);
}
// A ratio needs its peer in the same run.
const names = Object.keys(rows).filter(
  (name) => chosen.includes(name) || chosen.some((other) => rows[other].peer === name),
);

const figures = Object.fromEntries(names.map((name) => [name, []]));
for (let run = 1; run <= runs; run += 1) {
  for (const name of names) {
    const figure = await rows[name].run();
    figures[name].push(figure);
    process.stderr.write(
      `run ${run} ${name}: ${figure.perSecond}/s, p50 ${figure.p50ms} ms, p99 ${figure.p99ms} ms, errors ${figure.errors}\n`,
    );
  }
}

const result = names.map((name) => {
  const { peer } = rows[name];
  const ratios =
    peer === null ? [] : figures[name].map((figure, i) => figure.perSecond / figures[peer][i].perSecond);
  return {
    name,
    perSecond: median(figures[name].map((figure) => figure.perSecond)),
    p50ms: median(figures[name].map((figure) => figure.p50ms)),
    p99ms: median(figures[name].map((figure) => figure.p99ms)),
    errors: figures[name].reduce((sum, figure) => sum + figure.errors, 0),
    ...medianWhereKnown('commitsPerProposal', figures[name]),
    ...medianWhereKnown('cpuUs', figures[name]),
    peer,
    ratio: peer === null ? null : Number(median(ratios).toFixed(3)),
  };
});
for (const { name, perSecond, p50ms, p99ms, commitsPerProposal, cpuUs, ratio, peer } of result) {
  const synced = commitsPerProposal === undefined ? '' : `  ${commitsPerProposal} commits each`;
  const cpu = cpuUs === undefined ? '' : `  ${Math.round(cpuUs)} us of CPU each`;
  const against = `${synced}${cpu}${ratio === null ? '' : `  ${ratio} x ${peer}`}`;
  if (!values.json)
    process.stdout.write(
      `${name.padEnd(22)} ${String(perSecond).padStart(8)}/s  p50 ${p50ms} ms  p99 ${p99ms} ms${against}\n`,
    );
}
const machine = { cpus: os.cpus().length, model: os.cpus()[0]?.model, node: process.version };
process.stdout.write(
  `${JSON.stringify({ date: new Date().toISOString(), machine, seconds, runs, rows: result })}\n`,
);
if (result.some((row) => row.errors > 0)) process.exit(1);

/** A figure that only some rows have. */
function medianWhereKnown(name, runs) {
  if (runs[0][name] === undefined) return {};
  return { [name]: median(runs.map((figure) => figure[name])) };
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
