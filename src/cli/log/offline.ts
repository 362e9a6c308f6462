import { type Command, Option } from 'commander';
import { type Globals, whole } from '../arguments.ts';
import { CliError, type End, exit, messageOf } from '../exit.ts';
import { note, paint, print } from '../output.ts';
import { printLog } from './print-log.ts';

/** Commands that read or write a log's directory. They need no server; verify and export work while one runs. */
export function registerVerify(program: Command, end: End): void {
  program
    .command('verify <dir>')
    .description('read the whole log in a directory and replay it; changes nothing')
    .option('--print', 'first print what is in it: segments, entries with their commands, checkpoints')
    .addOption(
      new Option('--from <entry>', 'print entries from this one on')
        .argParser(whole(1, Number.MAX_SAFE_INTEGER))
        .default(1)
        .implies({ print: true }),
    )
    .addOption(
      new Option('--limit <n>', 'print so many entries, and so many records of a checkpoint')
        .argParser(whole(1, Number.MAX_SAFE_INTEGER))
        .default(1000)
        .implies({ print: true }),
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ quorate verify ~/.local/share/quorate\n  $ quorate verify ~/.local/share/quorate --print | less',
    )
    .action(async (dir: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Globals & { print?: true; from: number; limit: number }>();
      const { json } = options;
      const { verifyLog } = await import('../../offline.ts');
      const refused = (error: unknown) => {
        const fix = 'keep the directory as it is, and restore the latest export: quorate restore --help';
        throw broken(error, fix);
      };
      if (options.print) await printLog(dir, options).catch(refused);
      const found = await verifyLog(dir).catch(refused);
      const { id, base, from, head, groups, hash } = found;
      if (json)
        print(JSON.stringify({ ok: true, id, base, checkpoint: from, head, groups, stateHash: hash }));
      else {
        print(`${paint('green', 'sound')}  log ${id}, ${head} entries, ${groups} groups, state ${hash}`);
        print(
          `replayed from ${point(base)}${from === base ? '' : ` and from ${point(from)}, to the same state`}`,
        );
      }
      end(exit.agreed);
    });
}

export function registerExport(program: Command, end: End): void {
  program
    .command('export <dir> <file>')
    .description(
      'write the log in a directory to one file, or with - to standard output: a backup; a server may go on serving it',
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ quorate export ~/.local/share/quorate backup.jsonl\n  $ quorate export ~/.local/share/quorate - | gzip > backup.jsonl.gz',
    )
    .action(async (dir: string, file: string, _options, command: Command) => {
      const { json } = command.optsWithGlobals<Globals>();
      const { exportLog } = await import('../../offline.ts');
      const contents = await exportLog(dir, file).catch((error: unknown) => {
        throw broken(error, 'quorate verify DIR says whether the log is sound');
      });
      const { id, head, records, entries } = contents;
      const say = file === '-' ? note : print;
      if (json) say(JSON.stringify({ file, ...contents }));
      else say(`${file}: log ${id} up to entry ${head}: ${records} records and ${entries} entries`);
      end(exit.agreed);
    });
}

export function registerRestore(program: Command, end: End): void {
  program
    .command('restore <file> <dir>')
    .description('make a log in an empty directory from an export; - reads it from standard input')
    .option(
      '--same-id',
      'keep the id of the log it was made from: only where that one is gone for good',
      false,
    )
    .option('--i-accept-loss', 'restore even onto a network or temporary file system', false)
    .addHelpText('after', '\nExample:\n  $ quorate restore backup.jsonl ./restored')
    .action(async (file: string, dir: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Globals & { sameId: boolean; iAcceptLoss: boolean }>();
      const { restoreLog } = await import('../../offline.ts');
      const { sameId, iAcceptLoss: acceptLoss } = options;
      const contents = await restoreLog(file, dir, { sameId, acceptLoss }).catch((error: unknown) => {
        throw broken(error, 'nothing was made; name an export that is whole, and an empty directory');
      });
      if (options.json) print(JSON.stringify({ dir, ...contents }));
      else
        print(
          `${dir}: log ${contents.id} up to entry ${contents.head}; serve it with: quorate server --data ${dir}`,
        );
      end(exit.agreed);
    });
}

/** `fix` is for an error that has none of its own. */
function broken(error: unknown, fix: string): CliError {
  return new CliError(messageOf(error), (error as { fix?: string }).fix ?? fix, exit.internal);
}

function point(index: number): string {
  return index === 0 ? 'the start' : `the checkpoint of entry ${index}`;
}
