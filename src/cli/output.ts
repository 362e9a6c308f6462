import { once } from 'node:events';
import { styleText } from 'node:util';
import type { Json, RoundJson, RoundState } from '../client/index.ts';

/** Writes a line of data to stdout. Everything else goes to stderr, so that a pipe gets only data. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The same; resolves when there is room for more, so that a slow reader of a long output slows it down. */
export async function printed(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}

/** The same; resolves once who reads stdout has it, and rejects when nobody does any more. */
export function taken(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

type Format = 'bold' | 'red' | 'green' | 'yellow';

/** The text in colour or bold when `stream` is a terminal and NO_COLOR is not set. */
export function paint(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(format, text, { stream });
}

/** The text without control characters, which could change what a terminal shows. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to remove
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '');
}

/** The same on one line: else a name that somebody chose could look like another line of the output, or be a command to who reads it. */
export function oneLine(text: string): string {
  return plain(text.replaceAll('\n', ' '));
}

const formats: Readonly<Record<RoundState, Format>> = { WAITING: 'yellow', SUCCESS: 'green', FAILED: 'red' };
const longestShown = 60;

export function stateText(state: RoundState, stream: NodeJS.WriteStream = process.stdout): string {
  return paint(formats[state], state, stream);
}

/** A value as JSON, shortened to fit a line. */
export function valueText(value: Json): string {
  const text = plain(JSON.stringify(value));
  return text.length <= longestShown ? text : `${text.slice(0, longestShown - 1)}…`;
}

/** The proposals of a round by agent, as far as the rule reveals them. */
export function proposalsText(round: RoundJson): string {
  const { tally, moreValues = 0 } = round;
  const entries = (tally ?? []).flatMap(({ value, weight, agents }) =>
    agents.length > 0
      ? agents.map((agent) => [agent, valueText(value)] as const)
      : [[`${weight}x`, '(secret)'] as const],
  );
  entries.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  const texts = entries.map(([agent, value]) => `${agent}: ${value}`);
  for (const { value, more } of tally ?? [])
    if (more !== undefined) texts.push(`${more} more: ${valueText(value)}`);
  if (moreValues > 0) texts.push(`${moreValues} more values`);
  return texts.join('   ');
}

export function roundLine(round: RoundJson, stream: NodeJS.WriteStream = process.stdout): string {
  const value = round.state === 'SUCCESS' ? ` ${valueText(round.value)}` : '';
  return `round ${round.round}  ${stateText(round.state, stream)}${value}  ${oneLine(round.explain)}`;
}

/** The rows as lines of text, with aligned columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
