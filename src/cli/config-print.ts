import type { Command } from 'commander';
import type { Globals } from './arguments.ts';
import { type Added, settings } from './config.ts';
import { plain, print, table } from './output.ts';
import { hostsOfEnvironment } from './server.ts';

const help = `
A flag wins over the environment, that over the file, that over the default. The file is TOML: --config FILE,
QUORATE_CONFIG, or quorate/config.toml in $XDG_CONFIG_HOME (~/.config). Options of all commands stand at its top, those of
one command in a table of its name:

  url = "http://10.0.0.1:5000,http://10.0.0.2:5000"
  [server]
  port = 5000
  [group.create]
  preset = "majority"
`;

export function registerConfig(program: Command): void {
  const config = program.command('config').description('show the configuration');
  config.addHelpText('after', `${help}\nExample:\n  $ quorate config print`);
  config
    .command('print')
    .description('every setting that has a value, and where it comes from')
    .addHelpText('after', `${help}\nExample:\n  $ quorate config print --json`)
    .action(async (_options, command: Command) => {
      const found = settings(program, await added());
      if (command.optsWithGlobals<Globals>().json) return print(JSON.stringify(found));
      const rows = found.settings.map(({ name, value, from }) => [
        name,
        plain(typeof value === 'string' ? value : JSON.stringify(value)),
        from,
      ]);
      print(table([['SETTING', 'VALUE', 'FROM'], ...rows]));
    });
}

/** What the server adds to its flags from the environment. */
async function added(): Promise<Added> {
  const { limitsOfEnvironment } = await import('../serve.ts');
  const found: [name: string, variable: string, values: readonly string[]][] = [
    ['server.allow-host', 'QUORATE_ALLOW_HOST', hostsOfEnvironment()],
    ['server.limit', 'QUORATE_LIMIT_*', limitsOfEnvironment(process.env)],
  ];
  const given = found.filter(([, , values]) => values.length > 0);
  return new Map(given.map(([name, variable, values]) => [name, { variable, values }]));
}
