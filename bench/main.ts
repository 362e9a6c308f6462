import { parseArgs } from 'node:util';
import { durableProposals } from './commit.ts';
import { proposalCost } from './core.ts';
import { quorateOverEtcd, straightOnEtcd } from './etcd.ts';
import { type Figure, machine, rounded } from './figure.ts';
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

interface Row {
  readonly run: () => Promise<Figure> | Figure;
  /** The row whose figure it is compared with. */
  readonly peer: string | null;
}

const rows: Readonly<Record<string, Row>> = {
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
  'http-file': { run: () => quorate('file', seconds), peer: 'node-http' },
};

// `group-commit` stands for all rows whose names begin so.
const isAsked = (name: string, asked: string): boolean => name === asked || name.startsWith(`${asked}-`);
const asked = values.only?.split(',') ?? Object.keys(rows);
const chosen = Object.keys(rows).filter((name) => asked.some((some) => isAsked(name, some)));
const unknown = asked.find((some) => !chosen.some((name) => isAsked(name, some)));
if (unknown !== undefined || !(seconds >= 1) || !(runs >= 1)) {
  process.stderr.write(`unknown row or number; rows: ${Object.keys(rows).join(', ')}\n`);
  process.exit(2);
}
// A ratio needs its peer in the same run.
const measured = Object.entries(rows)
  .filter(([name]) => chosen.includes(name) || chosen.some((other) => rows[other]?.peer === name))
  .map(([name, row]) => ({ name, ...row, figures: [] as Figure[] }));

for (let run = 1; run <= runs; run += 1) {
  for (const { name, run: measure, figures } of measured) {
    const figure = await measure();
    figures.push(figure);
    const { perSecond, p50ms, p99ms, errors } = figure;
    process.stderr.write(
      `run ${run} ${name}: ${perSecond}/s, p50 ${p50ms} ms, p99 ${p99ms} ms, errors ${errors}\n`,
    );
  }
}

const results = measured.map(({ name, peer, figures }) => {
  const peers = measured.find((other) => other.name === peer)?.figures;
  return {
    name,
    perSecond: median(figures.map((figure) => figure.perSecond)),
    p50ms: median(figures.map((figure) => figure.p50ms)),
    p99ms: median(figures.map((figure) => figure.p99ms)),
    errors: figures.reduce((sum, figure) => sum + figure.errors, 0),
    ...medianWhereKnown('commitsPerProposal', figures),
    ...medianWhereKnown('cpuUs', figures),
    peer,
    ratio: peers === undefined ? null : rounded(median(ratios(figures, peers)), 3),
  };
});
if (!values.json) for (const result of results) process.stdout.write(lineOf(result));
process.stdout.write(
  `${JSON.stringify({ date: new Date().toISOString(), machine: machine(), seconds, runs, rows: results })}\n`,
);
if (results.some((row) => row.errors > 0)) process.exit(1);

type Result = Figure & Pick<Row, 'peer'> & { readonly name: string; readonly ratio: number | null };

function lineOf({ name, perSecond, p50ms, p99ms, commitsPerProposal, cpuUs, ratio, peer }: Result): string {
  const commits = commitsPerProposal === undefined ? '' : `  ${commitsPerProposal} commits each`;
  const cpu = cpuUs === undefined ? '' : `  ${Math.round(cpuUs)} us of CPU each`;
  const against = ratio === null ? '' : `  ${ratio} x ${peer}`;
  const rate = `${name.padEnd(22)} ${String(perSecond).padStart(8)}/s`;
  return `${rate}  p50 ${p50ms} ms  p99 ${p99ms} ms${commits}${cpu}${against}\n`;
}

/** Run by run: how many times the peer's. */
function ratios(figures: readonly Figure[], peers: readonly Figure[]): number[] {
  return figures.map(({ perSecond }, run) => perSecond / (peers[run]?.perSecond ?? 0));
}

/** A figure that only some rows have. */
function medianWhereKnown(name: 'commitsPerProposal' | 'cpuUs', figures: readonly Figure[]): Partial<Figure> {
  const known = figures.map((figure) => figure[name]).filter((number) => number !== undefined);
  return known.length === 0 ? {} : { [name]: median(known) };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
