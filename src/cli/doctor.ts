import { type Command, Option } from 'commander';
import { type Globals, whole } from './arguments.ts';
import { settings } from './config.ts';
import {
  checkDisk,
  checkEngine,
  checkFiles,
  checkLog,
  checkNode,
  checkPort,
  type Finding,
  finding,
} from './doctor-checks.ts';
import { type End, exit } from './exit.ts';
import { paint, plain, print } from './output.ts';
import { dataPath } from './server.ts';

interface Options extends Globals {
  readonly data?: string;
  readonly host: string;
  readonly port: number;
}

const colours = { good: 'green', doubtful: 'yellow', bad: 'red' } as const;

export function registerDoctor(program: Command, end: End): void {
  program
    .command('doctor')
    .description('look at what a server would need here, and say what to do; changes nothing')
    .option('--data <dir>', 'where the log is, or would be (default: as for quorate server)')
    .addOption(new Option('--host <address>').env('QUORATE_HOST').default('127.0.0.1'))
    .addOption(new Option('--port <port>').env('QUORATE_PORT').argParser(whole(0, 65_535)).default(5000))
    .addHelpText('after', '\nExample:\n  $ quorate doctor --data /var/lib/quorate')
    .action(async (_options, command: Command) => {
      const { data, host, port, json } = command.optsWithGlobals<Options>();
      const dir = dataPath(data);
      const findings = [
        checkNode(),
        await checkEngine(),
        checkConfig(program),
        ...(await checkDisk(dir)),
        ...(await checkLog(dir)),
        checkFiles(),
        await checkPort(host, port),
      ];
      const ok = findings.every(({ verdict }) => verdict !== 'bad');
      if (json) print(JSON.stringify({ ok, data: dir, findings }));
      else for (const one of findings) print(lines(one));
      end(ok ? exit.agreed : exit.failed);
    });
}

function checkConfig(program: Command): Finding {
  try {
    const { file } = settings(program);
    return finding(
      'configuration',
      'good',
      file === null ? 'there is no file, all is as by default' : `${file} is read`,
    );
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return finding('configuration', 'bad', says, 'quorate config --help');
  }
}

function lines({ check, verdict, says, fix }: Finding): string {
  const first = `${paint(colours[verdict], verdict.padEnd(8))}  ${check}: ${plain(says)}`;
  return fix === '' ? first : `${first}\n          fix: ${plain(fix)}`;
}
