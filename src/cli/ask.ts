import type { Command } from 'commander';
import type { Client } from '../client/index.ts';
import { clientOf, type Globals } from './arguments.ts';
import { print, table } from './output.ts';
import { withProgress } from './progress.ts';

/**
 * Makes one call, says what it waits for when that takes long, and prints the answer: as JSON with --json, else as `text`
 * writes it. Resolves with the answer.
 */
export async function ask<T>(
  command: Command,
  doing: string,
  call: (client: Client) => Promise<T>,
  text: (answer: T) => string,
): Promise<T> {
  const answer = await withProgress(doing, call(clientOf(command, '5s')));
  print(command.optsWithGlobals<Globals>().json ? JSON.stringify(answer) : text(answer));
  return answer;
}

/** The same for a listing: one object a line with --json, else a table with these columns. */
export async function askForList<T>(
  command: Command,
  what: string,
  call: (client: Client) => Promise<readonly T[]>,
  columns: Readonly<Record<string, (item: T) => string>>,
): Promise<void> {
  const items = await withProgress(`asking for the ${what}`, call(clientOf(command, '5s')));
  if (command.optsWithGlobals<Globals>().json) {
    for (const item of items) print(JSON.stringify(item));
    return;
  }
  const rows = items.map((item) => Object.values(columns).map((cell) => cell(item)));
  print(table([Object.keys(columns), ...rows]));
}
