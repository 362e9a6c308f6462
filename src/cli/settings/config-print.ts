import type { Command } from 'commander';
import type { Globals } from '../arguments.ts';
import { plain, print, table } from '../output.ts';
import { shownSettings } from './config.ts';

const help = `
The order is flag, environment, file, default: the first that has a value wins. An empty variable is unset. The file is TOML:
--config FILE, QUORATE_CONFIG, or quorate/config.toml in $XDG_CONFIG_HOME (~/.config). Options of all commands are at its
top, those of one command in a table with its name:

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
    .action((_options, command: Command) => {
      const found = shownSettings(program);
      if (command.optsWithGlobals<Globals>().json) return print(JSON.stringify(found));
      const rows = found.settings.map(({ name, value, from }) => [
        name,
        plain(typeof value === 'string' ? value : JSON.stringify(value)),
        from,
      ]);
      print(table([['SETTING', 'VALUE', 'FROM'], ...rows]));
    });
}
