import type { Command } from 'commander';
import type { Globals } from '../arguments.ts';
import { CliError, type End, exit } from '../exit.ts';
import { print } from '../output.ts';
import { readTextFile } from '../text-file.ts';
import { readHistory, UnreadableHistory } from './history.ts';
import { checkHistory } from './history-check.ts';

export function registerCheck(program: Command, end: End): void {
  program
    .command('check')
    .description(
      'check from what clients recorded that all were answered as by one server, one call after the other (linearizability)',
    )
    .argument('<file>', 'JSON lines as in docs/history-format.md; - reads standard input')
    .addHelpText('after', '\nExample:\n  $ quorate check history.jsonl')
    .action((file: string, _options, command: Command) => {
      const { json } = command.optsWithGlobals<Globals>();
      const records = recordsIn(file);
      const findings = checkHistory(records);
      if (json) print(JSON.stringify({ records: records.length, findings }));
      else {
        for (const { check, lines, text } of findings)
          print(`${check}: lines ${lines.join(' and ')}: ${text}`);
        print(
          `${records.length} records, ${findings.length === 0 ? 'nothing wrong' : `${findings.length} wrong`}`,
        );
      }
      end(findings.length === 0 ? exit.agreed : exit.failed);
    });
}

function recordsIn(file: string): ReturnType<typeof readHistory> {
  try {
    return readHistory(readTextFile(file === '-' ? 0 : file));
  } catch (error) {
    if (error instanceof UnreadableHistory)
      throw new CliError(
        'This is not a recorded history',
        `${error.message}; the format is in docs/history-format.md`,
        exit.usage,
      );
    throw new CliError(`Cannot read ${file}`, (error as Error).message, exit.usage);
  }
}
