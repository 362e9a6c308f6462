import type { Bar } from './profile.ts';
import { type Room, rooms } from './rooms.ts';

const width = 880;
const barsFrom = 250;
const barsTo = 820;
const barHeight = 30;
const rowHeight = 46;

/** Told apart by people who do not see all colours, on light and on dark pages. */
const colours: Readonly<Record<Room, string>> = {
  http: '#4477aa',
  core: '#ee6677',
  replica: '#228833',
  log: '#ccbb44',
  node: '#66ccee',
  GC: '#aa3377',
  'other threads': '#999999',
};

/** The bars below each other, each piece with its microseconds, and what the colours mean. */
export function pictureOf(bars: readonly Bar[]): string {
  const longest = Math.max(...bars.map(totalOf));
  const scale = (barsTo - barsFrom) / longest;
  const rows = bars.map((bar, i) => rowOf(bar, i * rowHeight + 16, scale)).join('');
  const legendAt = bars.length * rowHeight + 30;
  const legend = rooms
    .map((room, i) => {
      const x = barsFrom + (i % 4) * 140;
      const y = legendAt + Math.floor(i / 4) * 24;
      return `<rect x="${x}" y="${y - 11}" width="14" height="14" fill="${colours[room]}"/><text x="${x + 20}" y="${y + 1}">${room}</text>\n`;
    })
    .join('');
  const height = legendAt + 44;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>Processor time of the server for each request, microseconds, by part of the code</title>
<style>text { font: 13px sans-serif; fill: #333 } .in { fill: #000; text-anchor: middle; font-size: 12px } @media (prefers-color-scheme: dark) { text { fill: #ddd } .in { fill: #000 } }</style>
${rows}${legend}</svg>
`;
}

function rowOf(bar: Bar, y: number, scale: number): string {
  const middle = y + barHeight / 2 + 5;
  let x = barsFrom;
  let row = `<text x="0" y="${middle}">${bar.label}</text>\n`;
  for (const room of rooms) {
    const us = bar.times.get(room) ?? 0;
    if (us === 0) continue;
    const piece = us * scale;
    row += `<rect x="${x.toFixed(1)}" y="${y}" width="${piece.toFixed(1)}" height="${barHeight}" fill="${colours[room]}"><title>${room}: ${us.toFixed(1)} us</title></rect>`;
    if (piece > 22)
      row += `<text class="in" x="${(x + piece / 2).toFixed(1)}" y="${middle}">${us.toFixed(us < 9.95 ? 1 : 0)}</text>`;
    x += piece;
  }
  return `${row}<text x="${(x + 6).toFixed(1)}" y="${middle}">${totalOf(bar).toFixed(0)} us</text>\n`;
}

function totalOf({ times }: Bar): number {
  return [...times.values()].reduce((sum, us) => sum + us, 0);
}
