import { type Command, Option } from 'commander';
import type { Client, GroupSettings, GroupShape, Json, Preset } from '../client/index.ts';
import { clientOf, type Globals, jsonObject, jsonValue, names, whole } from './arguments.ts';
import { plain, print, table } from './output.ts';

interface CreateOptions extends Globals {
  readonly preset?: Preset;
  readonly agents?: number;
  readonly electorate?: readonly string[];
  readonly threshold?: Json;
  readonly close?: 'all' | 'early';
  readonly next?: 'until-success' | 'continuous' | 'manual';
  readonly deadline?: string;
  readonly rule?: { readonly [name: string]: Json };
  readonly title?: string;
}

export function registerGroup(program: Command): void {
  const group = program.command('group').description('create, show, list and delete groups');
  group.addHelpText(
    'after',
    '\nExample:\n  $ quorate group create lunch --electorate ann,bob,carl --threshold 2',
  );
  registerCreate(group);
  group
    .command('show')
    .description('show a group and its rule')
    .argument('<group>', 'the group')
    .addHelpText('after', '\nExample:\n  $ quorate group show lunch')
    .action(async (name: string, _options, command: Command) => {
      const shape = await clientOf(command, '5s').group(name).show();
      printGroup(shape, command);
    });
  group
    .command('list')
    .description('list all groups')
    .addHelpText('after', '\nExample:\n  $ quorate group list')
    .action(async (_options, command: Command) => {
      const groups = await allGroups(clientOf(command, '5s'));
      if (command.optsWithGlobals<Globals>().json) {
        for (const shape of groups) print(JSON.stringify(shape));
        return;
      }
      const rows = groups.map((g) => [
        g.group,
        g.status,
        String(g.round),
        JSON.stringify(g.rule.threshold),
        plain(g.title ?? ''),
      ]);
      print(table([['GROUP', 'STATUS', 'ROUND', 'THRESHOLD', 'TITLE'], ...rows]));
    });
  group
    .command('delete')
    .description('delete a group and its rounds')
    .argument('<group>', 'the group')
    .addHelpText('after', '\nExample:\n  $ quorate group delete lunch')
    .action(async (name: string, _options, command: Command) => {
      await clientOf(command, '5s').group(name).delete();
      print(command.optsWithGlobals<Globals>().json ? JSON.stringify({ deleted: name }) : `deleted ${name}`);
    });
}

async function allGroups(client: Client): Promise<readonly GroupShape[]> {
  const limit = 1000;
  const groups: GroupShape[] = [];
  for (;;) {
    const after = groups.at(-1)?.group;
    const page = await client.groups(after === undefined ? { limit } : { limit, after });
    groups.push(...page);
    if (page.length < limit) return groups;
  }
}

function registerCreate(group: Command): void {
  group
    .command('create')
    .description('create a group, or change its rule from the next round on')
    .argument('<group>', 'a-z, 0-9 and . _ - , at most 64 characters')
    .addOption(
      new Option('--preset <name>', 'a ready-made rule').choices([
        'classroom',
        'majority',
        'unanimous',
        'panel',
        'gate',
        'poker',
      ]),
    )
    .option('--agents <n>', 'any n agents form the electorate', whole(1, 100_000))
    .addOption(
      new Option('--electorate <names>', 'these agents form it').argParser(names).conflicts('agents'),
    )
    .option('--threshold <k>', 'a number, majority, two-thirds, unanimous or a fraction as JSON', threshold)
    .addOption(
      new Option('--close <when>', 'when all are in, or as soon as it is certain').choices(['all', 'early']),
    )
    .addOption(
      new Option('--next <when>', 'when the next round opens').choices([
        'until-success',
        'continuous',
        'manual',
      ]),
    )
    .option('--deadline <duration>', 'end each round after this long')
    .option('--rule <json>', 'the rule or parts of it as JSON; the options above win over it', jsonObject)
    .option('--title <text>', 'what it is about')
    .addHelpText(
      'after',
      '\nExample:\n  $ quorate group create lunch --electorate ann,bob,carl --threshold 2 --close early',
    )
    .action(async (name: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CreateOptions>();
      const created = await clientOf(command, '5s').group(name).create(settingsOf(options));
      printGroup(created, command);
    });
}

// The server judges the rule: one place knows what fits together.
function settingsOf(options: CreateOptions): GroupSettings {
  const { preset, title, agents, electorate, threshold, close, next, deadline } = options;
  const size = agents === undefined ? undefined : { size: agents };
  const chosen = {
    electorate: electorate === undefined ? size : { agents: electorate },
    threshold,
    close,
    next,
    deadline,
  };
  const rule = { ...options.rule, ...given(chosen) };
  return given({ preset, title, rule }) as GroupSettings;
}

function given(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function threshold(text: string): Json {
  return ['majority', 'two-thirds', 'unanimous'].includes(text) ? text : jsonValue(text);
}

function printGroup(shape: GroupShape, command: Command): void {
  print(JSON.stringify(shape, null, command.optsWithGlobals<Globals>().json ? 0 : 2));
}
