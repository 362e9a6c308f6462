import type { Command } from 'commander';
import { whole } from '../arguments.ts';
import type { End } from '../exit.ts';
import { note, print } from '../output.ts';
import type { DemoOptions } from './text.ts';

export function registerDemo(program: Command, end: End): void {
  program
    .command('demo')
    .description('a durable server and real agent processes that agree on a number, before your eyes')
    // Each agent is a process: more of them would show the speed of the machine, not the protocol.
    .option('--agents <n>', 'how many agents', whole(1, 32), 3)
    .option('--quorum <k>', 'how many must propose the same number', whole(1, 32), 2)
    .option('--max <m>', 'they draw from 1 to this', whole(1, 1_000_000), 10)
    .option(
      '--cluster',
      'over etcd: three members, three servers; one of each is killed during the demo',
      false,
    )
    .option(
      '--open',
      'open the page of the group in a browser, where you vote too, or with --cluster that of the cluster, where you kill parts of it; goes on until Ctrl-C',
      false,
    )
    .option('--lan', 'let phones on this network vote: shows the address and a QR code; until Ctrl-C', false)
    .option('--keep', 'leave the server running and its data in place', false)
    .addHelpText(
      'after',
      '\nExamples:\n  $ quorate demo --agents 5 --quorum 3\n  $ quorate demo --open\n  $ quorate demo --lan\n  $ quorate demo --cluster --open',
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<DemoOptions>();
      const { agents, quorum } = options;
      if (quorum > agents) command.error(`error: --quorum ${quorum} is more than --agents ${agents}`);
      const say = options.json ? note : print;
      if (options.cluster) {
        if (options.keep)
          command.error('error: --keep does not go with --cluster, which cleans up after itself');
        const { runClusterDemo } = await import('./cluster.ts');
        return end(await runClusterDemo(options, say));
      }
      if (options.open || options.lan) {
        const { runForPeople } = await import('./for-people.ts');
        return end(await runForPeople(options, say));
      }
      const { runDemo } = await import('./run.ts');
      end(await runDemo(options, say));
    });
}
