import { parseArgs } from 'node:util';
import { machine } from './figure.ts';
import { measureTopic, medianFigure, type Result, resultOf, type Slices } from './measure.ts';
import { profileServers } from './profile/profile.ts';
import { writeDocs, writeMessages, writePicture } from './report/docs.ts';
import { tableOf } from './report/table.ts';
import { type Row, rows } from './rows.ts';

/**
 * npm run bench -- [--rows hot,few-6,classroom] [--seconds 2] [--slices 5] [--json]: rows by their topic, or by the name of ours
 * npm run bench -- --profile: only docs/performance.svg, where the time of a request goes
 * npm run bench -- --write-docs: all rows and the picture, written into docs/performance.md and README.md;
 * with --rows messages only their table
 *
 * Each row compares a contestant with its peer: both run on this machine at the same time and are measured in turn, slice by
 * slice; what counts is the median of the ratios. The load comes from the same machine and takes its share of the cores from
 * all alike.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    seconds: { type: 'string', default: '2' },
    slices: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
  },
});
const effort = { seconds: Number(values.seconds), slices: Number(values.slices) };
const topics = [...new Set(rows.map(({ topic }) => topic))];
const chosen = values.rows?.split(',') ?? topics;
const isChosen = ({ topic, ours }: Row): boolean => chosen.includes(topic) || chosen.includes(ours);
const isKnown = (name: string): boolean => rows.some(({ topic, ours }) => topic === name || ours === name);
if (!chosen.every(isKnown) || !(effort.seconds >= 1) || !(effort.slices >= 1)) {
  process.stderr.write(`unknown row or number; rows: ${topics.join(', ')}\n`);
  process.exit(2);
}
if (values.profile) {
  writePicture(await profileServers(effort.seconds));
  process.exit(0);
}

const place = machine();
const measured: Slices[] = [];
const results: Result[] = [];
for (const topic of topics) {
  const ofTopic = rows.filter((row) => row.topic === topic && isChosen(row));
  const slices = await measureTopic(ofTopic, effort);
  measured.push(slices);
  results.push(...ofTopic.map((row) => resultOf(row, slices)).filter((result) => result !== null));
}
if (values['write-docs']) {
  const ofMessages = results.filter(({ row }) => row.topic === 'messages');
  if (ofMessages.length > 0) writeMessages(place, ofMessages);
  const others = results.filter((result) => !ofMessages.includes(result));
  if (others.length > 0) writeDocs(place, others, await profileServers(effort.seconds));
}

const figures = measured.flatMap((slices) => [...slices]);
const contestants = Object.fromEntries(
  figures.map(([name, slices]) => [name, { ...medianFigure(slices), slices }]),
);
const head = { date: new Date().toISOString(), machine: place, ...effort };
process.stdout.write(
  values.json ? `${JSON.stringify({ ...head, rows: results, contestants })}\n` : tableOf(results),
);
if (Object.values(contestants).some(({ errors }) => errors > 0)) process.exit(1);
