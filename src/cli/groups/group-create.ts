import { type Command, Option } from 'commander';
import {
  type Duration,
  type Group,
  type GroupJson,
  type GroupSettings,
  type Json,
  QuorateError,
} from '../../client/index.ts';
import {
  clientOf,
  duration,
  type Globals,
  jsonObject,
  jsonValue,
  names,
  values,
  whole,
} from '../arguments.ts';
import { note, print } from '../output.ts';
import { withProgress } from '../progress.ts';
import { noteKeys } from './group-keys.ts';

const electorSize = 100_000;
const mostRounds = 1000;
const mostBytes = 16_384;
const presets = ['classroom', 'majority', 'unanimous', 'panel', 'gate', 'poker'];

export function presetOption(): Option {
  return choice('--preset <name>', 'a ready-made rule', presets);
}

/** The members of a rule as options. Only the server checks which members fit together. */
function ruleOptions() {
  return {
    threshold: option(
      '--threshold <k>',
      'a number, majority, two-thirds, unanimous or a fraction as JSON',
      wordOrJson('majority', 'two-thirds', 'unanimous'),
    ),
    options: option(
      '--options <values>',
      'all that may be proposed, as in approve,reject, or as JSON, where {"value": 1, "label": "one"} names it; null for anything',
      valuesOrNull,
    ),
    wins: option('--wins <values>', 'the options that can be decided; null for all', valuesOrNull),
    of: choice('--of <whom>', 'whom the threshold counts', ['eligible', 'present', 'cast']),
    floor: option(
      '--floor <n>',
      'proposals needed before anything is decided, or {"present": 3, "cast": 2} where so many must be values',
      wordOrJson(),
    ),
    equality: option(
      '--equality <how>',
      'exact, text, {"set": true}, {"tolerance": 0.5}, {"relative": {"num": 1, "den": 10}} or {"field": "/answer", "by": one of these}',
      wordOrJson('exact', 'text'),
    ),
    decide: choice('--decide <what>', 'what of the numbers near each other', ['proposed', 'median', 'mean']),
    weights: option('--weights <json>', 'how much agents count, as in {"ann": 2}', jsonObject),
    close: choice('--close <when>', 'when all are in, or as soon as it is certain', ['all', 'early']),
    tie: option('--tie <how>', 'fail, seeded or {"priority": [values]}', wordOrJson('fail', 'seeded')),
    minWait: option('--min-wait <duration>', 'do not close before', duration),
    lastCall: option('--last-call <duration>', 'close this long after the floor is met', duration),
    deadline: option('--deadline <duration>', 'end each round after this long', duration),
    deadlineFrom: choice('--deadline-from <when>', 'what the deadline is counted from', [
      'open',
      'first-proposal',
    ]),
    onDeadline: option(
      '--on-deadline <how>',
      'fail, decide or {"default": value}',
      wordOrJson('fail', 'decide'),
    ),
    absent: choice('--absent <how>', 'what agents do whose lease ran out', ['counts-against', 'excluded']),
    reveal: choice('--reveal <when>', 'when proposals are shown', ['close', 'live', 'never']),
    revote: new Option('--revote', 'agents may change their mind until the close'),
    next: choice('--next <when>', 'when the next round opens', ['until-success', 'continuous', 'manual']),
    maxRounds: option('--max-rounds <n>', 'give up after this many', whole(1, 1_000_000_000)),
    veto: option('--veto <names>', 'these agents can make success impossible', names),
    valueBytes: option(
      '--value-bytes <n>',
      'how long a value may be, where at most 1,000 may propose',
      whole(1, mostBytes),
    ),
    required: option('--required <names>', 'these agents must stand behind the decision', names),
  };
}

type RuleMember = keyof ReturnType<typeof ruleOptions>;

interface Options extends Globals, Partial<Record<RuleMember, Json>> {
  readonly preset?: string;
  readonly agents?: number;
  readonly electorate?: readonly string[];
  readonly live?: { readonly min: number; readonly max: number };
  readonly rule?: { readonly [name: string]: Json };
  readonly admission?: string;
  readonly mayClose?: Json;
  readonly mayWaive?: Json;
  readonly title?: string;
  readonly subjectHash?: string;
  readonly keepRounds?: number;
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
    .option('--agents <n>', 'any n agents form the electorate', whole(1, electorSize))
    .addOption(option('--electorate <names>', 'these agents form it', names).conflicts('agents'))
    .addOption(
      option(
        '--live <min-max>',
        'those whose lease is live when a round opens form it, as in 2-100',
        liveRange,
      ).conflicts(['agents', 'electorate']),
    );
  const ofRule = ruleOptions();
  for (const option of Object.values(ofRule)) create.addOption(option);
  const members = Object.keys(ofRule) as RuleMember[];
  create
    .option('--rule <json>', 'the rule or parts of it as JSON; the options above win over it', jsonObject)
    .addOption(
      choice('--admission <how>', 'who may take part: anyone, who has the key, or who is invited', [
        'open',
        'key',
        'invite',
      ]),
    )
    .option('--may-close <who>', 'who may close rounds by hand: admin, agents or names', mayClose)
    .option('--may-waive <who>', 'who may take electors out of a round: admin or names', mayWaive)
    .option('--title <text>', 'what it is about')
    .option('--subject-hash <hash>', 'what exactly is decided on; another one opens a new round')
    .option('--keep-rounds <n>', 'closed rounds to keep', whole(1, mostRounds))
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
      const created = await withProgress('creating the group', making());
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

/** The settings of the group, with those that were asked for replaced: settings that are not named stay as they are. */
function changed(before: GroupJson, asked: GroupSettings): GroupSettings {
  const { title, preset, admission, mayClose, mayWaive, subjectHash, retention } = before;
  const known = { title, preset, admission, mayClose, mayWaive, subjectHash, retention };
  const kept = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null));
  const rule = asked.preset === undefined ? { ...before.rule, ...(asked.rule as object) } : asked.rule;
  return { ...given(kept), ...asked, rule } as GroupSettings;
}

function settingsOf(options: Options, members: readonly RuleMember[]): GroupSettings {
  const { preset, title, agents, electorate, live, subjectHash } = options;
  const { admission, mayClose, mayWaive } = options;
  const kept = given({ rounds: options.keepRounds, idle: options.keepIdle });
  const retention = Object.keys(kept).length === 0 ? undefined : kept;
  const size = agents === undefined ? undefined : { size: agents };
  const range = live === undefined ? size : { live };
  // What a parser reads as null, commander hands on as an empty text.
  const chosen = members.map((name) => [name, options[name] === '' ? null : options[name]]);
  const rule = {
    ...options.rule,
    ...given({ electorate: electorate === undefined ? range : { agents: electorate } }),
    ...given(Object.fromEntries(chosen)),
  };
  const who = { admission, mayClose, mayWaive };
  return given({ preset, title, rule, ...who, subjectHash, retention }) as GroupSettings;
}

function given(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices);
}

function option(flags: string, description: string, read: (text: string) => unknown): Option {
  return new Option(flags, description).argParser(read);
}

function wordOrJson(...words: readonly string[]): (text: string) => Json {
  return (text) => (words.includes(text) ? text : jsonValue(text));
}

function liveRange(text: string): { min: number; max: number } {
  const [min = '', max = ''] = text.split('-');
  const read = whole(1, electorSize);
  return { min: read(min), max: read(max) };
}

function valuesOrNull(text: string): Json {
  return text === 'null' ? null : [...values(text)];
}

function mayWaive(text: string): Json {
  return text === 'admin' ? text : [...names(text)];
}

function mayClose(text: string): Json {
  return text === 'admin' || text === 'agents' ? text : [...names(text)];
}
