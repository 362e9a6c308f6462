import { type Command, InvalidArgumentError } from 'commander';
import { duration, jsonObject, whole } from '../arguments.ts';
import { codeOf, type End } from '../exit.ts';
import { presetOption, ruleOptions } from '../groups/rule-options.ts';
import { interruptible } from '../interrupt.ts';
import { print } from '../output.ts';
import { aboutPicking, pickOption } from './answers.ts';
import { ask, type Member, type Options, ruleMembers } from './panel-run.ts';

const mostMembers = 1000;
const mostDebated = 100;

const more = `
Each member is a command. It reads {"group", "agent", "round", "title", "options", "last", "own", "messages"} as one line of
JSON from its standard input, with the question in "title", the options of the round (null where any value may be
proposed), the last round and its tally in "last" and its own last answer in "own" (both null at first), and writes its
answer. A member that ends with another exit code than 0, that writes nothing, or nothing that can be read, or has not
ended after --member-timeout abstains with that reason.
${aboutPicking}

The decision is printed as JSON on standard output; with --json the whole round, with every answer, its note, and the
calls that were saved. Everything else is said on standard error.
Where the rule says next: until-success, members are asked again, and told of the last round, at most 10 times.
With --debate members who do not agree are asked again, and hear in "messages" what the others said in the round before:
values and notes, without names, each member in an order of its own. A round closes when all have answered, unless --rule
says "close": "early". It ends when they agree, or when nobody has changed what it says. What each says is a message of
the group under its name: quorate listen GROUP shows them.
The group stays for --keep-idle, so that its rounds can be read and judged by another rule.

Example:
  $ quorate panel "How many files changed?" --member 'a=./ask-a.sh' --member 'b=./ask-b.sh' --pick number
  $ quorate panel "How long will it take?" --member 'a=./ask-a.sh' --member 'b=./ask-b.sh' --pick number --debate 3
  $ quorate panel "Safe?" --member 'a=./a.sh' --member 'b=./b.sh' --options yes,no --pick option`;

export function registerPanel(program: Command, end: End): void {
  const ofRule = ruleOptions();
  const panel = program
    .command('panel')
    .description('put a question to several programs or models, and print what they decide')
    .argument('<question>', 'what they are asked: the title of the group that is made for it')
    .requiredOption(
      '--member <name=command>',
      'a member, and the command that answers for it; again for each',
      member,
    )
    .addOption(presetOption().default('panel'));
  for (const name of ruleMembers) panel.addOption(ofRule[name]);
  panel
    .option('--rule <json>', 'the rule or parts of it as JSON; the options above come before it', jsonObject)
    .addOption(pickOption())
    .option(
      '--ask-first <n>',
      'ask so many first, and one more at a time while nothing is decided',
      whole(1, mostMembers),
    )
    .option(
      '--debate <n>',
      'at most so many rounds; between them members hear what the others said',
      whole(2, mostDebated),
    )
    .option('--names', 'with --debate, members also hear who said it')
    .option('--cancel', 'end members that still run once the round is decided; otherwise they are waited for')
    .option('--member-timeout <duration>', 'how long a member may take', duration, '60s')
    .option('--timeout <duration>', 'give up after this long', duration, '10m')
    .option('--group <name>', 'the name of the group (default: panel- and a random text)')
    .option('--keep-idle <duration>', 'remove the group once nobody has used it for so long', duration, '7d')
    .addHelpText('after', more)
    .action(async (question: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (options.names === true && options.debate === undefined)
        command.error('error: --names says who said what in a debate: add --debate 3');
      if (question.trim() === '') command.error('error: the question is empty');
      const asked = await interruptible((signal) => ask(command, question, options, signal));
      if (options.json) print(JSON.stringify(asked.report));
      else if (asked.round.state === 'SUCCESS') print(JSON.stringify(asked.round.value));
      end(codeOf(asked.round));
    });
}

/** One more member. */
function member(text: string, before: readonly Member[] = []): readonly Member[] {
  const [, agent = '', command = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(agent) || command.trim() === '')
    throw new InvalidArgumentError(
      "Write a name (a-z, 0-9 and . _ -) and its command, as in 'ann=./ask-ann.sh'.",
    );
  if (before.some((one) => one.agent === agent))
    throw new InvalidArgumentError(`There is a member ${agent} already: give each its own name.`);
  return [...before, { agent, command }];
}
