import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../harness/server.ts';
import { shell } from './shell.ts';

describe('configuration: flag > environment > file > default', () => {
  const home = temporaryFolder();
  const file = join(home.path, 'quorate', 'config.toml');
  const env = { XDG_CONFIG_HOME: home.path };
  beforeAll(() => mkdirSync(join(home.path, 'quorate')));
  afterAll(() => home.remove());
  const write = (text: string) => writeFileSync(file, text);

  async function settings(script: string, more: Record<string, string> = {}) {
    const run = await shell(script, { ...env, ...more });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const found = JSON.parse(run.stdout) as { settings: { name: string; value: unknown; from: string }[] };
    return new Map(found.settings.map(({ name, value, from }) => [name, { value, from }]));
  }

  test('each setting is shown with where it comes from', async () => {
    write(
      'url = "http://file:1"\ntoken = "hush"\n[server]\nport = 6000\nhost = "::1"\n[group.create]\nagents = 5\n',
    );
    const found = await settings('quorate config print --json --url http://flag:1', {
      QUORATE_HOST: '127.0.0.2',
    });
    expect(found.get('url')).toEqual({ value: 'http://flag:1', from: '--url' });
    expect(found.get('server.host')).toEqual({ value: '127.0.0.2', from: 'QUORATE_HOST' });
    expect(found.get('server.port')).toEqual({ value: 6000, from: file });
    expect(found.get('group.create.agents')).toEqual({ value: 5, from: file });
    expect(found.get('agent.max')).toEqual({ value: 10, from: 'default' });
    // Secrets are for nobody's screen.
    expect(found.get('token')).toEqual({ value: '(secret)', from: file });
  });

  test('variables that the server reads by itself are settings too, secrets masked', async () => {
    write('[server]\ndata = "/from/file"\nallow-host = ["file.example"]\nlimit = ["connections=7"]\n');
    const more = {
      QUORATE_DATA: '/from/env',
      QUORATE_ADMIN_TOKEN: 'hush-hush-hush-hush',
      QUORATE_ALLOW_HOST: 'a.example,b.example',
      QUORATE_LIMIT_BODY_BYTES: '2048',
    };
    const found = await settings('quorate config print --json', more);
    expect(found.get('server.data')).toEqual({ value: '/from/env', from: 'QUORATE_DATA' });
    expect(found.get('server.admin-token')).toEqual({ value: '(secret)', from: 'QUORATE_ADMIN_TOKEN' });
    expect(found.get('server.allow-host')).toEqual({
      value: ['file.example', 'a.example', 'b.example'],
      from: `QUORATE_ALLOW_HOST, ${file}`,
    });
    expect(found.get('server.limit')).toEqual({
      value: ['connections=7', 'bodyBytes=2048'],
      from: `QUORATE_LIMIT_*, ${file}`,
    });
    const plain = await shell('quorate config print', { ...env, ...more });
    expect(plain.stdout).not.toContain('hush-hush');
    expect(plain.stdout).toMatch(/server\.admin-token +\(secret\) +QUORATE_ADMIN_TOKEN/);
    const without = await settings('quorate config print --json', { QUORATE_DATA: '' });
    expect(without.get('server.data')).toEqual({ value: '/from/file', from: file });
    expect(without.has('server.admin-token')).toBe(false);
  });

  test('the environment wins over the file where the server keeps its log, too', async () => {
    write(`[server]\ndata = ${JSON.stringify(join(home.path, 'others'))}\n`);
    // A place where no folder can be made is one that is named when the server gives up.
    const run = await shell('quorate server --port 0', { ...env, QUORATE_DATA: '/dev/null/ours' });
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain('/dev/null/ours');
  });

  test('a command takes what the file says, unless told otherwise', async () => {
    write('url = "http://127.0.0.1:1"\n');
    const away = await shell('quorate group show g', env);
    expect(away).toMatchObject({ code: 69, stderr: expect.stringContaining('127.0.0.1:1') });
    const told = await shell('quorate group show g', { ...env, QUORATE_URL: 'http://127.0.0.1:2' });
    expect(told).toMatchObject({ code: 69, stderr: expect.stringContaining('127.0.0.1:2') });
  });

  test('a flag sets aside what the file says of an option that excludes it', async () => {
    write('[group.create]\nagents = 5\n[agent]\nstrategy = "median"\n');
    const script = 'quorate group create g --electorate ann,bob --url http://127.0.0.1:1';
    expect((await shell(script, env)).stderr).not.toContain('cannot be used with');
  });

  test.each([
    ['[server]\nprot = 1\n', /server\.prot/],
    ['[server]\nport = "many"\n', /server\.port: .*whole number/],
    ['[server]\ninsecure-open = "yes"\n', /true or false/],
    ['url = \n', /config\.toml/],
  ])('a mistake in the file is a usage error that names it: %j', async (text, why) => {
    write(text);
    const run = await shell('quorate group list', env);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(why);
    expect(run.stderr).toContain(file);
  });

  test('a file that is named must be there; another one may be', async () => {
    write('');
    expect((await shell('quorate --config /nowhere/at.toml config print', env)).code).toBe(2);
    expect((await shell('quorate config print', { XDG_CONFIG_HOME: '/nowhere' })).code).toBe(0);
  });
});

// Of the package bash-completion, as far as the script needs it, and of a shell in the middle of completing.
const bashCompletion = `
  _get_comp_words_by_ref() {
    words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  }
  compopt() { :; }`;

describe('shell completion', () => {
  test('bash completes commands, options and what an option may be', async () => {
    const asks = (line: string) => `
      COMP_WORDS=(${line}) COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMP_LINE="${line}" COMP_POINT=\${#COMP_LINE}
      COMPREPLY=(); __quorate_complete; echo "\${COMPREPLY[@]}"`;
    const script = `quorate completion bash > "$DIR/script"
      printf '#!/bin/sh\\nexec ${process.execPath} ${process.cwd()}/bin/quorate.js "$@"\\n' > "$DIR/quorate"
      chmod +x "$DIR/quorate"
      PATH="$DIR:$PATH" exec bash -c '${bashCompletion}
      . "$DIR/script"
      ${asks('quorate gro')}
      ${asks('quorate group cr')}
      ${asks('quorate agent g a --strat')}
      ${asks('quorate agent g a --strategy p')}'`;
    const folder = temporaryFolder();
    try {
      const run = await shell(script, { DIR: folder.path });
      expect(run).toMatchObject({ code: 0, stderr: '' });
      const words = run.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.trim().split(/\s/)[0]);
      expect(words).toEqual(['group', 'create', '--strategy', 'plurality']);
    } finally {
      folder.remove();
    }
  });

  test.each(['zsh', 'fish', 'powershell'])('there is a script for %s', async (name) => {
    const run = await shell(`quorate completion ${name}`);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('quorate');
  });

  test('a broken configuration does not break it', async () => {
    const run = await shell('quorate complete -- gro', { QUORATE_CONFIG: '/nowhere/at.toml' });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^group\t/);
  });
});
