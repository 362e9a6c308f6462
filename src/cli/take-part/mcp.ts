import type { Command } from 'commander';
import { newSecret } from '../../client/keys.ts';
import { clientOf, type Globals, instance, urlsOf } from '../arguments.ts';
import { interruptible } from '../interrupt.ts';

const more = `
It is started by the client of a model, such as an editor or a chat program, which names it in its configuration:
  {"mcpServers": {"quorate": {
    "command": "npx", "args": ["-y", "quorate", "mcp"],
    "env": {"QUORATE_URL": "http://127.0.0.1:5000"}}}}

The server itself offers the same tools over HTTP, at http://127.0.0.1:5000/mcp.

The tools: list_groups, create_group, join, propose, wait, explain, outcome, ask_human. docs/mcp.md describes them.
It ends, and gives up the names that it has joined under, when its standard input is closed.

Example:
  $ quorate mcp --url http://127.0.0.1:5000`;

export function registerMcp(program: Command): void {
  program
    .command('mcp')
    .description(
      'offer groups to a model as tools, over the Model Context Protocol on standard input and output',
    )
    .option(
      '--instance <secret>',
      'what names this client to the server, to have its names back at once after a restart (default: random)',
      instance,
    )
    .addHelpText('after', more)
    .action(async (_options, command: Command) => {
      const { instance = newSecret() } = command.optsWithGlobals<Globals & { instance?: string }>();
      const [url = ''] = urlsOf(command);
      // Loaded here, because no other command needs it.
      const { HeldSeats } = await import('../../mcp/held-seats.ts');
      const { serveOnStdio } = await import('../../mcp/stdio.ts');
      const connect = (token?: string) => clientOf(command, '20s', token === undefined ? {} : { token });
      const seats = new HeldSeats({ connect, url, instance });
      await interruptible((signal) => serveOnStdio(seats, signal));
    });
}
