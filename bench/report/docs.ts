import { readFileSync, writeFileSync } from 'node:fs';
import type { Machine, Measure } from '../figure.ts';
import type { Result } from '../measure.ts';
import type { Bar } from '../profile/profile.ts';
import { pictureOf } from '../profile/svg.ts';
import type { Name } from '../rows.ts';
import { tableOf } from './table.ts';

const page = 'docs/performance.md';

/** Writes what a whole run measured of all rows but those of messages into the pages that show it. */
export function writeDocs(machine: Machine, results: readonly Result[], bars: readonly Bar[]): void {
  replace(page, 'table', measuredOn(machine, results));
  replace('README.md', 'figures', figuresOf(results));
  writePicture(bars);
}

/** The rows of messages, which have a table of their own. */
export function writeMessages(machine: Machine, results: readonly Result[]): void {
  replace(page, 'messages', measuredOn(machine, results));
}

function measuredOn({ cpus, model, node, load }: Machine, results: readonly Result[]): string {
  const date = new Date().toISOString().slice(0, 10);
  const place = `Measured on ${date}: ${cpus} cores (${model}), Node ${node}; load of the machine before the run: ${load}.`;
  return `${place}\n\n${tableOf(results)}`;
}

export function writePicture(bars: readonly Bar[]): void {
  writeFileSync('docs/performance.svg', pictureOf(bars));
}

/** The three numbers that users ask for. */
function figuresOf(results: readonly Result[]): string {
  const voteMs = figure(results, 'few-6', 'p50ms');
  const votes = Math.round(figure(results, 'hot-durable', 'perSecond') / 100) * 100;
  const groups = Math.round(1e9 / figure(results, 'memory', 'bytes') / 10_000) * 10_000;
  return `| a durable vote of one in three, answered with the outcome | durable votes, 96 connections | groups, each with a closed round |
|---|---|---|
| ${voteMs.toFixed(1)} ms | ${votes.toLocaleString('en')} a second | ${groups.toLocaleString('en')} in a GB of memory |
`;
}

function figure(results: readonly Result[], ours: Name, measure: Measure): number {
  const found = results.find(({ row }) => row.ours === ours)?.ours[measure];
  if (found === undefined) throw new Error(`no ${measure} of ${ours}: README.md needs a run of all rows`);
  return found;
}

/** Replaces what stands between `<!-- name -->` and `<!-- end of name -->`. */
function replace(file: string, name: string, text: string): void {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const page = readFileSync(file, 'utf8');
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`${file} has no part between ${begin}and ${end}`);
  writeFileSync(file, `${page.slice(0, before + begin.length)}\n${text}\n${page.slice(after)}`);
}
