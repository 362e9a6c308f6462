import type { Figure, Measure } from '../figure.ts';
import type { Result } from '../measure.ts';

const head = ['what', 'ours', 'peer', 'ratio', 'goal', 'CPU per request: ours, peer'];

/** The results as a table in Markdown, in columns that a terminal shows as well. */
export function tableOf(results: readonly Result[]): string {
  const cells = [head, ...results.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const [first = [], ...rest] = cells;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('');
}

function cellsOf({ row, ours, peer, value, met }: Result): string[] {
  const cpu = [ours, peer].map((figure) => (figure?.cpuUs === undefined ? '-' : `${figure.cpuUs} us`));
  return [
    row.what,
    text(ours, row.by),
    peer === null ? '-' : text(peer, row.by),
    peer === null ? '-' : value.toFixed(2),
    goalOf(row.goal, met),
    peer === null ? (cpu[0] ?? '') : cpu.join(', '),
  ];
}

function goalOf(goal: Result['row']['goal'], met: boolean | null): string {
  if (goal === undefined) return '-';
  const text = 'atLeast' in goal ? `>= ${goal.atLeast.toLocaleString('en')}` : `<= ${goal.atMost}`;
  return met === true ? text : `${text}, missed`;
}

/** What the row compares, then how long requests took where that says more. */
function text(figure: Figure, by: Measure): string {
  const times = figure.p50ms === undefined ? '' : `p50 ${figure.p50ms} ms, p99 ${figure.p99ms} ms`;
  const rate = figure.perSecond === undefined ? '' : `${figure.perSecond.toLocaleString('en')}/s`;
  if (by === 'cpuUs') return `${figure.cpuUs} us`;
  if (by === 'stallMs') return `${figure.stallMs} ms`;
  if (by === 'bytes') return `${figure.bytes} B`;
  return [rate, times].filter((part) => part !== '').join(', ');
}
