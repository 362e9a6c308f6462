import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { quorate } from '../program.ts';
import { configure, shownSettings } from './config.ts';
import { type SettingRow, settingRows } from './settings.ts';

/** Each setting by each way, and which way wins: the same for every row of the table. */

let folder: string;
let home: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-settings-'));
  home = join(folder, 'home');
  for (const name of Object.keys(process.env)) if (name.startsWith('QUORATE_')) vi.stubEnv(name, undefined);
  vi.stubEnv('XDG_CONFIG_HOME', undefined);
  vi.stubEnv('HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

interface Ways {
  readonly flag?: string;
  readonly variable?: string;
  readonly file?: unknown;
}

/** What a command has for a setting that is given in these ways, and what `config print` shows. */
function given(row: SettingRow, ways: Ways) {
  const [room = '', last = room] = row.name.split('.');
  const args: string[] = [];
  if (ways.flag !== undefined) args.push(`--${last}`, ...(row.read === undefined ? [] : [ways.flag]));
  if (ways.variable !== undefined) vi.stubEnv(variableOf(row), ways.variable);
  if (ways.file !== undefined) {
    const table = row.name.includes('.') ? `[${room}]\n` : '';
    const path = join(folder, 'settings.toml');
    writeFileSync(path, `${table}${last} = ${JSON.stringify(ways.file)}\n`);
    vi.stubEnv('QUORATE_CONFIG', path);
  }
  const program = quorate(() => {});
  const command = commandFor(program, row);
  command.parseOptions(args);
  configure(program, command);
  const { settings } = shownSettings(program);
  const attribute = last.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return {
    value: command.getOptionValue(attribute) as unknown,
    shown: settings.find(({ name }) => name === row.name),
  };
}

function commandFor(program: Command, { name }: SettingRow): Command {
  if (!name.includes('.')) return program;
  return program.commands.find((command) => command.name() === name.split('.')[0]) as Command;
}

const variableOf = ({ variable }: SettingRow): string => variable.replace('*', 'CONNECTIONS');

/** Three texts that mean different things to the setting; a variable of limits holds the number alone. */
function samples(row: SettingRow): [string, string, string] {
  if (row.read === undefined) return ['true', 'true', 'true'];
  if (typeof row.default === 'number') return ['7', '8', '9'];
  if (row.name === 'server.limit') return ['connections=7', '8', 'connections=9'];
  if (row.name === 'server.log-level') return ['error', 'warn', 'debug'];
  if (row.name === 'server.log-format') return ['json', 'text', 'json'];
  return ['text-number-1', 'text-number-2', 'text-number-3'];
}

const rows = settingRows.filter(({ name }) => name !== 'config');
const single = rows.filter(({ many, read }) => many !== 'list' && read !== undefined);

describe.each(rows.map((row) => [row.name, row] as const))('the setting %s', (_name, row) => {
  const [flag, variable, file] = samples(row);
  const read = (text: string): unknown => {
    const value = row.read === undefined ? true : row.read(text);
    return row.many === 'list' ? [value] : value;
  };
  const inFile = row.read === undefined ? true : file;

  test('is given by its flag, or says why not', () => {
    if (row.noFlag) expect(() => given(row, { flag })).toThrow(variableOf(row));
    else expect(given(row, { flag }).value).toEqual(read(flag));
  });

  test('is given by its variable, and an empty one is unset', () => {
    const expected = row.name === 'server.limit' ? ['connections=8'] : read(variable);
    const { value, shown } = given(row, { variable });
    expect(value).toEqual(expected);
    expect(shown?.from).toBe(row.variable);
    vi.unstubAllEnvs();
    vi.stubEnv('HOME', home);
    const plain = given(row, { variable: '' });
    expect(plain.value).toEqual(row.read === undefined ? false : row.default);
    expect(plain.shown?.from ?? 'default').toBe('default');
  });

  test('is given by the file', () => {
    const { value, shown } = given(row, { file: inFile });
    expect(value).toEqual(read(file));
    expect(shown?.from).toBe(join(folder, 'settings.toml'));
  });

  test('is not shown when it is a secret', () => {
    const { shown } = given(row, { variable });
    if (row.secret) expect(shown?.value).toBe('(secret)');
    else expect(shown?.value).not.toBe('(secret)');
  });
});

test.each(single.map((row) => [row.name, row] as const))(
  'of %s the flag wins over the variable, and that over the file',
  (_name, row) => {
    const [flag, variable, file] = samples(row);
    expect(given(row, { variable, file }).value).toEqual(row.read?.(variable));
    if (!row.noFlag) expect(given(row, { flag, variable, file }).value).toEqual(row.read?.(flag));
  },
);

const rowOf = (name: string) => settingRows.find((row) => row.name === name) as SettingRow;

test('limits gather, and of two for one name the one read last is the one that wins', () => {
  const [flag, variable, file] = samples(rowOf('server.limit'));
  const { value } = given(rowOf('server.limit'), { flag, variable, file });
  expect(value).toEqual(['connections=9', 'connections=8', 'connections=7']);
});

test('a switch that the file turns on is turned off by its variable', () => {
  const row = rowOf('server.insecure-open');
  expect(given(row, { variable: 'false', file: true }).value).toBe(false);
  expect(() => given(row, { variable: 'perhaps' })).toThrow(/QUORATE_INSECURE_OPEN: .*true or false/);
});

test.each(['one\nerror: a made-up line', 'one\u2028two', ' '])(
  'the name of a server is one line that shows something: not %j',
  (name) => {
    vi.stubEnv('QUORATE_NAME', name);
    const program = quorate(() => {});
    const server = commandFor(program, { name: 'server.name' } as SettingRow);
    expect(() => configure(program, server)).toThrow(/QUORATE_NAME: .*line breaks/);
  },
);

test('several addresses may stand in the file as a list', () => {
  const { value } = given(rowOf('url'), { file: ['http://a:1', 'http://b:2'] });
  expect(value).toBe('http://a:1,http://b:2');
});

test.each([
  ['url', 'http://ann:hush@a:1,http://b:2', 'http://(secret)@a:1,http://b:2'],
  ['url', 'ann:hush@a:1', '(secret)@a:1'],
  ['url', 'http://b:2,http://ann:hu/s,h@a:1', 'http://(secret)@a:1'],
  ['server.log', 'etcd://ann:hu/s@h@a:1/q', 'etcd://(secret)@a:1/q'],
  ['server.log', 'file:/data/a@b', 'file:/data/a@b'],
])('%s: a password in the address %s is not shown', (name, address, expected) => {
  expect(given(rowOf(name), { variable: address }).shown?.value).toBe(expected);
});

test('what a server in the background is started with is not for the file, or each would start another', () => {
  writeFileSync(join(folder, 'settings.toml'), '[server]\ndetach = true\n');
  vi.stubEnv('QUORATE_CONFIG', join(folder, 'settings.toml'));
  const program = quorate(() => {});
  expect(() => configure(program, program)).toThrow(/there is no setting server\.detach/);
});

test.each([
  ['server.data', '~/here', 'here'],
  ['server.log', 'file:~/here', 'here'],
  ['server.tls-cert', '~', ''],
])('%s: ~ is the home directory, since no shell has expanded it', (name, text, below) => {
  const path = join(home, below);
  const expected = text.startsWith('file:') ? `file:${path}` : path;
  expect(given(rowOf(name), { variable: text }).value).toBe(expected);
  vi.stubEnv(rowOf(name).variable, '');
  expect(given(rowOf(name), { file: text }).value).toBe(expected);
});

describe('settings that exclude each other', () => {
  const write = (text: string) => {
    writeFileSync(join(folder, 'settings.toml'), text);
    vi.stubEnv('QUORATE_CONFIG', join(folder, 'settings.toml'));
  };

  test('are refused when one place gives both', () => {
    write('[server]\ndata = "here"\nlog = "memory:"\n');
    const program = quorate(() => {});
    const server = commandFor(program, rowOf('server.log'));
    expect(() => configure(program, server)).toThrow(/settings\.toml sets data .* sets log/);
  });

  test('give way to the place of more weight', () => {
    write('[server]\ndata = "here"\n');
    const { value } = given(rowOf('server.log'), { variable: 'memory:' });
    expect(value).toBe('memory:');
    expect(given(rowOf('server.data'), { variable: '' }).value).toBeUndefined();
  });
});

test('a slip in the file is told by its place, and never by its line', () => {
  const path = join(folder, 'settings.toml');
  writeFileSync(path, 'url = "http://a:1"\ntoken = "hush-hush\n');
  vi.stubEnv('QUORATE_CONFIG', path);
  const program = quorate(() => {});
  const complaint = (() => {
    try {
      configure(program, program);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  })();
  expect(complaint).toMatch(/settings\.toml, line 2, column \d+: Invalid TOML/);
  expect(complaint).not.toContain('hush');
});

test('a variable that is no setting is told', () => {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  try {
    vi.stubEnv('QUORATE_PROT', '1');
    vi.stubEnv('QUORATE_LIMIT_BODY_BYTES', '2048');
    const program = quorate(() => {});
    configure(program, program);
  } finally {
    vi.mocked(process.stderr.write).mockRestore();
  }
  expect(said.join('')).toMatch(/^quorate: QUORATE_PROT is no setting .*\n$/);
});
