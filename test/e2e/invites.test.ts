import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InviteJson, ProposalJson, RoundJson } from '../../src/core/view/json-types.ts';
import { type Run, type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { shell } from './shell.ts';

/** People take part by a link, from the command line, in groups that admit by invite. [Q5.14] [Q5.15] [Q5.16] */

const folder = temporaryFolder();
let server: Server;
/** Commands of the manager of the group `gate`. */
let manager: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
  const made = await shell(
    'quorate group create gate --preset gate --electorate ann,bob,cyd --threshold 2 --json',
    {
      QUORATE_URL: server.url,
    },
  );
  manager = {
    QUORATE_URL: server.url,
    QUORATE_TOKEN: (JSON.parse(made.stdout) as { joinKey: string }).joinKey,
  };
});
afterAll(async () => {
  await server?.kill();
  folder.remove();
});

/** Runs a script as somebody on a machine of this name. */
const on = (machine: string, script: string): Promise<Run> =>
  shell(script, { QUORATE_URL: server.url, HOME: join(folder.path, machine) });

/** The link and the command that an invite prints. */
async function invite(agent: string, more = ''): Promise<{ link: string; command: string; secret: string }> {
  const { stdout, code, stderr } = await shell(`quorate invite gate ${agent} ${more}`, manager);
  expect(code, stderr).toBe(0);
  const [link = '', command = ''] = stdout.split('\n');
  return { link, command, secret: link.split('#')[1] ?? '' };
}

describe('quorate invite', () => {
  test('prints a link and the command that votes, which may be run again and from no other machine', async () => {
    const { link, command, secret } = await invite('ann', "--name 'Ann Smith'");
    expect(link).toBe(`${server.url}/g/gate/vote?as=ann#${secret}`);
    const vote = `quorate propose gate ann '"approve"' --invite ${secret}`;
    expect(command).toBe(`${vote} --url ${server.url}`);
    expect(await on('laptop', command)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('WAITING'),
    });
    expect(
      await on('laptop', `quorate propose gate ann '"approve"' --invite '${link}'`),
      'again',
    ).toMatchObject({ code: 0 });
    const unnamed = { QUORATE_URL: '', HOME: join(folder.path, 'laptop') };
    const byLink = await shell(
      `unset QUORATE_URL; quorate propose gate ann '"approve"' --invite '${link}'`,
      unnamed,
    );
    expect(byLink, 'the link says where the server is').toMatchObject({ code: 0 });
    const thief = await on('other', command);
    expect(thief).toMatchObject({ code: 1, stderr: expect.stringContaining('has been used') });
    expect(thief.stderr).toMatch(/ask at once for a/);
    const file = join(folder.path, 'laptop/.local/state/quorate');
    expect(readdirSync(file)).toEqual(['instance']);
    expect(statSync(join(file, 'instance')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(file, 'instance'), 'utf8')).toMatch(/^[\w-]{43}$/);
  });

  test('lists who is invited, and revokes', async () => {
    const bob = await invite('bob', '--kind model');
    const listed = await shell('quorate invite gate --json; quorate invite gate', manager);
    expect(listed.stdout).toMatch(/AGENT +NAME +KIND +ROLE +IS +SINCE/);
    expect(listed.stdout).toMatch(/bob +model +voter +open/);
    expect(listed.stdout).not.toContain(bob.secret);
    const all = listed.stdout
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as InviteJson] : []));
    expect(all).toMatchObject([
      { agent: 'ann', name: 'Ann Smith', state: 'redeemed' },
      { agent: 'bob', state: 'open' },
    ]);
    expect(await shell('quorate invite gate bob --revoke', manager)).toMatchObject({ code: 0 });
    const late = await on('laptop', bob.command);
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('not valid') });
    for (const wrong of ['--revoke', '--name X', 'bob --revoke --name X'])
      expect(await shell(`quorate invite gate ${wrong}`, manager), wrong).toMatchObject({ code: 2 });
  });

  test('nobody who was not invited can vote or look', async () => {
    for (const what of ['propose gate cyd \'"approve"\'', 'rounds gate', 'invite gate zoe'])
      expect(await on('laptop', `quorate ${what}`), what).toMatchObject({ code: 1 });
  });

  test('who is invited anew goes on, and the audit says who voted and why', async () => {
    const { command } = await invite('bob');
    const voted = await on('desk', `${command} --note 'looks good' --wait 10s --json`);
    expect(voted).toMatchObject({ code: 0 });
    expect(JSON.parse(voted.stdout) as RoundJson).toMatchObject({ state: 'SUCCESS', value: 'approve' });
    const audit = await shell('quorate rounds gate --detail --json', manager);
    const { proposals } = JSON.parse(audit.stdout) as { proposals: ProposalJson[] };
    expect(proposals).toMatchObject([
      { agent: 'ann', name: 'Ann Smith', value: 'approve', token: true, note: null },
      { agent: 'bob', value: 'approve', token: true, note: 'looks good' },
    ]);
  });

  test('needs a place for what names the machine, or --instance', async () => {
    const { command } = await invite('cyd');
    const nowhere = await shell(command, { HOME: '/dev/null' });
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('--instance') });
    const named = await shell(`${command} --instance a-secret-of-this-robot`, { HOME: '/dev/null' });
    expect(named, 'the gate has decided').toMatchObject({ code: 3, stderr: expect.stringContaining('open') });
    const { stdout } = await shell('quorate invite gate --json', manager);
    expect(stdout).toMatch(/"agent":"cyd","role":"voter","state":"redeemed"/);
  });
});
