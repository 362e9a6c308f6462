import type { Command } from 'commander';
import type { Group, GroupJson, RoundJson } from '../../client/index.ts';
import { clientOf, type Globals, whole } from '../arguments.ts';
import { interruptible } from '../interrupt.ts';
import { print, roundLine } from '../output.ts';
import { claimLine, claimsOf, claimsOn } from './claims.ts';
import { Screen } from './screen.ts';
import { groupScreen } from './watch-screen.ts';

const roundsShown = 100;
const redrawMs = 1000;

export function registerWatch(program: Command): void {
  program
    .command('watch')
    .description(
      'show the rounds of a group as they change, until Ctrl-C: a screen on a terminal, lines in a pipe',
    )
    .argument('<group>', 'the group')
    .addHelpText('after', '\nExample:\n  $ quorate watch lunch\n  $ quorate watch lunch --json | jq .state')
    .action(async (name: string, _options, command: Command) => {
      const { json } = command.optsWithGlobals<Globals>();
      const group = clientOf(command, '60s').group(name);
      await interruptible(async (signal) => {
        if (process.stdout.isTTY && !json) return onScreen(group, signal);
        const rounds = async (signal: AbortSignal) => {
          for await (const round of group.watch({ signal }))
            print(json ? JSON.stringify(round) : roundLine(round));
        };
        // A line of JSON is a round: `quorate events` has the claims.
        const claims = async (signal: AbortSignal) => {
          if (!json) for await (const claim of claimsOf(group, signal)) print(claimLine(claim));
        };
        await together(signal, rounds, claims);
      });
    });
}

/** Runs both until both have ended, or one has failed. */
async function together(
  signal: AbortSignal,
  ...works: readonly ((signal: AbortSignal) => Promise<void>)[]
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  try {
    await Promise.all(works.map((work) => work(either)));
  } finally {
    failed.abort();
  }
}

/** Draws every change at once, and the times every second. */
async function onScreen(group: Group, signal: AbortSignal): Promise<void> {
  let shape: GroupJson = await group.show({ signal });
  let rounds: readonly RoundJson[] = await group.rounds({ limit: roundsShown, signal });
  const claims = new Map(await claimsOn(group, rounds, signal));
  const screen = new Screen(process.stdout);
  const draw = () => screen.show(groupScreen(shape, rounds, claims, Date.now()));
  const watchRounds = async (signal: AbortSignal) => {
    for await (const round of group.watch({ signal })) {
      const isNew = round.round !== rounds[0]?.round;
      rounds = [round, ...rounds.filter((known) => known.round !== round.round)]
        .sort((a, b) => b.round - a.round)
        .slice(0, roundsShown);
      // The rule and the status change only between rounds; a deleted group stays on the screen as it was.
      if (isNew || round.state !== 'WAITING') shape = await group.show({ signal }).catch(() => shape);
      draw();
    }
  };
  const watchClaims = async (signal: AbortSignal) => {
    for await (const claim of claimsOf(group, signal)) {
      claims.set(claim.round, claim);
      draw();
    }
  };
  const clock = setInterval(draw, redrawMs);
  try {
    draw();
    await together(signal, watchRounds, watchClaims);
  } finally {
    clearInterval(clock);
    screen.close();
    // The last round stays in the terminal.
    if (rounds[0] !== undefined) print(roundLine(rounds[0]));
  }
}

export function registerEvents(program: Command): void {
  program
    .command('events')
    .description(
      'print what happens in a group as JSON, one event a line, until Ctrl-C or the end of the group',
    )
    .argument('<group>', 'the group')
    .option('--after <revision>', 'only events after it', whole(0, Number.MAX_SAFE_INTEGER))
    .addHelpText(
      'after',
      '\nExample:\n  $ quorate events lunch | jq -c \'select(.type == "round-closed") | .round\'',
    )
    .action(async (group: string, { after }: { after?: number }, command: Command) => {
      await interruptible(async (signal) => {
        const events = clientOf(command, '60s').group(group).events({ after, signal });
        for await (const event of events) print(JSON.stringify(event));
      });
    });
}
