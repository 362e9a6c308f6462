import type { Command } from 'commander';
import {
  type Duration,
  type Group,
  type GroupJson,
  type GroupSettings,
  type Json,
  QuorateError,
} from '../../client/index.ts';
import { clientOf, duration, type Globals, jsonObject, names, whole } from '../arguments.ts';
import { CliError } from '../exit.ts';
import { note, print } from '../output.ts';
import { withProgress } from '../progress.ts';
import { noteKeys } from './group-keys.ts';
import {
  choice,
  chosen,
  electorSize,
  given,
  option,
  presetOption,
  type RuleMember,
  ruleOptions,
} from './rule-options.ts';

const mostRounds = 1000;
const mostMessages = 1000;

interface Options extends Globals, Partial<Record<RuleMember, Json>> {
  readonly preset?: string;
  readonly agents?: number;
  readonly electorate?: readonly string[];
  readonly live?: { readonly min: number; readonly max: number };
  readonly rule?: { readonly [name: string]: Json };
  readonly admission?: string;
  readonly mayClose?: Json;
  readonly mayWaive?: Json;
  readonly maySpend?: Json;
  readonly title?: string;
  readonly subjectHash?: string;
  readonly keepRounds?: number;
  readonly keepMessages?: number;
  readonly keepIdle?: Duration;
  readonly ifNew?: true;
}

const examples = `
Example:
  $ quorate group create lunch --electorate ann,bob,carl --threshold 2 --close early
  $ quorate group create deploy --preset gate --electorate reviewer-1,reviewer-2,ci --threshold 2
  $ quorate group create color --options red,green,blue --agents 5 --tie seeded
  $ quorate group create models --preset panel --live 3-9 --equality '{"tolerance": 0.5}' --admission key`;

export function registerCreate(group: Command): void {
  const create = group
    .command('create')
    .description('create a group, or change what you name of one from the next round on')
    .argument('<group>', 'a-z, 0-9 and . _ - , at most 64 characters')
    .addOption(presetOption())
    .option('--agents <n>', 'any n agents may propose', whole(1, electorSize))
    .addOption(option('--electorate <names>', 'these agents may propose', names).conflicts('agents'))
    .addOption(
      option(
        '--live <min-max>',
        'the agents that are live when a round opens may propose: 2-100 is from 2 to 100 of them',
        liveRange,
      ).conflicts(['agents', 'electorate']),
    );
  const ofRule = ruleOptions();
  for (const option of Object.values(ofRule)) create.addOption(option);
  const members = Object.keys(ofRule) as RuleMember[];
  create
    .option('--rule <json>', 'the rule or parts of it as JSON; the options above come before it', jsonObject)
    .addOption(
      choice('--admission <how>', 'who may take part: anyone, who has the key, or who is invited', [
        'open',
        'key',
        'invite',
      ]),
    )
    .option('--may-close <who>', 'who may close rounds by hand: admin, agents or names', mayClose)
    .option('--may-waive <who>', 'who may take electors out of a round: admin or names', mayWaive)
    .option('--may-spend <who>', 'who may claim decisions and act on them: admin, agents or names', mayClose)
    .option('--title <text>', 'what it is about')
    .option('--subject-hash <hash>', 'what exactly is decided on; another one opens a new round')
    .option('--keep-rounds <n>', 'closed rounds to keep', whole(1, mostRounds))
    .option('--keep-messages <n>', 'messages to keep', whole(1, mostMessages))
    .option('--keep-idle <duration>', 'remove the group once nobody has used it for so long', duration)
    .option('--if-new', 'refuse to change a group that exists')
    .addHelpText('after', examples)
    .action(async (name: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const group = clientOf(command, '5s').group(name);
      const asked = settingsOf(options, members);
      const making = async (): ReturnType<Group['create']> => {
        const before = options.ifNew === true ? null : await existing(group);
        if (before === null) return group.create(asked, options.ifNew === true ? { ifRevision: 0 } : {});
        note(`group ${name} exists already: settings that you do not name stay as they are`);
        return group.create(changed(before, asked), { ifRevision: before.revision });
      };
      const created = await withProgress(
        'creating the group',
        making().catch((error) => hidden(error, name)),
      );
      print(JSON.stringify(created, null, options.json ? 0 : 2));
      if (created.joinKey !== undefined) noteKeys();
    });
}

/** The group as it is now; null when there is none. */
async function existing(group: Group): Promise<GroupJson | null> {
  try {
    return await group.show();
  } catch (error) {
    if (error instanceof QuorateError && error.code === 'group-not-found') return null;
    throw error;
  }
}

/** To who may not read it a group looks like none, also when it is to be created. */
function hidden(error: unknown, name: string): never {
  if (!(error instanceof QuorateError) || error.code !== 'group-not-found') throw error;
  throw new CliError(
    `There is a group ${name} that you may not see`,
    'choose another name, or give the key of the group with --token',
  );
}

/** The settings of the group, with those that were asked for replaced: settings that are not named stay as they are. */
function changed(before: GroupJson, asked: GroupSettings): GroupSettings {
  const { title, preset, admission, mayClose, mayWaive, maySpend, subjectHash, retention } = before;
  const known = { title, preset, admission, mayClose, mayWaive, maySpend, subjectHash, retention };
  const kept = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null));
  const rule = asked.preset === undefined ? { ...before.rule, ...(asked.rule as object) } : asked.rule;
  const keeping = asked.retention && { retention: { ...retention, ...asked.retention } };
  return { ...given(kept), ...asked, ...keeping, rule } as GroupSettings;
}

function settingsOf(options: Options, members: readonly RuleMember[]): GroupSettings {
  const { preset, title, agents, electorate, live, subjectHash } = options;
  const { admission, mayClose, mayWaive, maySpend } = options;
  const kept = given({ rounds: options.keepRounds, messages: options.keepMessages, idle: options.keepIdle });
  const retention = Object.keys(kept).length === 0 ? undefined : kept;
  const size = agents === undefined ? undefined : { size: agents };
  const range = live === undefined ? size : { live };
  const rule = {
    ...options.rule,
    ...given({ electorate: electorate === undefined ? range : { agents: electorate } }),
    ...chosen(options, members),
  };
  const who = { admission, mayClose, mayWaive, maySpend };
  return given({ preset, title, rule, ...who, subjectHash, retention }) as GroupSettings;
}

function liveRange(text: string): { min: number; max: number } {
  const [min = '', max = ''] = text.split('-');
  const read = whole(1, electorSize);
  return { min: read(min), max: read(max) };
}

function mayWaive(text: string): Json {
  return text === 'admin' ? text : [...names(text)];
}

/** Also who may spend. */
function mayClose(text: string): Json {
  return text === 'admin' || text === 'agents' ? text : [...names(text)];
}
