import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type InvitedJson } from '../../src/client/index.ts';
import { quorate, type Run, type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { shell } from './shell.ts';

/**
 * A deploy that waits for two of ten approvers, from the first command to the last: everybody has a process of its own, knows
 * only what it was given, and has its own home. [Q4.32] [Q5.14] [Q5.15]
 */

const approvers = ['ann', 'bob', 'cy', 'dan', 'eve', 'fay', 'gil', 'hal', 'ivy', 'joe'];

let server: Server;
const homes = temporaryFolder();
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(async () => {
  await server?.kill();
  homes.remove();
});

interface Gate {
  readonly group: string;
  readonly manager: string;
  readonly reader: string;
  readonly invited: Readonly<Record<string, InvitedJson>>;
}

/** A gate with all its approvers invited: by the commands that its owner types, or else by the SDK, which is faster. */
async function gate(group: string, typed = false): Promise<Gate> {
  const create = ['group', 'create', group, '--preset', 'gate', '--threshold', '2', '--title', 'Deploy 1.4?'];
  const made = await run(...create, '--electorate', approvers.join(), '--json');
  const { joinKey: token, observerKey } = jsonIn<{ joinKey: string; observerKey: string }>(made);
  const inviting = approvers.map(async (agent): Promise<InvitedJson> => {
    if (!typed) return connect({ url: server.url, token }).group(group).invite(agent);
    return jsonIn(await run('invite', group, agent, '--json', '--token', token));
  });
  const byName = Object.fromEntries((await Promise.all(inviting)).map((one) => [one.agent, one]));
  return { group, manager: token, reader: observerKey, invited: byName };
}

const run = (...args: readonly string[]): Promise<Run> => quorate([...args, '--url', server.url]);

/** What somebody types on a machine of their own. */
const at = (machine: string, command: string): Promise<Run> =>
  shell(command, { QUORATE_URL: server.url, HOME: `${homes.path}/${machine}` });

/** A vote by the link alone: the secret is its part behind the #. */
const vote = ({ group, invited }: Gate, agent: string, value: string, machine = agent): Promise<Run> =>
  at(machine, `quorate propose ${group} ${agent} '"${value}"' --invite '${invited[agent]?.link}'`);

/** The deploy script; it may read, and nothing else. */
const deploy = ({ group, reader }: Gate, more = '--timeout 50s'): Promise<Run> =>
  at('ci', `quorate wait ${group} --expect approve ${more} --token ${reader} && echo deployed`);

describe('two of ten approvals are enough', () => {
  test('they vote by their links while the script waits; then it deploys', async () => {
    const own = await gate('ship', true);
    const waiting = deploy(own);
    const first = await vote(own, 'ann', 'approve');
    expect(first, first.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('WAITING') });
    const second = await vote(own, 'bob', 'approve');
    expect(second, second.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('SUCCESS "approve"'),
    });
    const { code, stdout } = await waiting;
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/SUCCESS.*\ndeployed\n$/),
    });
  });

  test('rejections of eight do not outvote two', async () => {
    const own = await gate('outvoted');
    const against = await Promise.all(approvers.slice(2).map((agent) => vote(own, agent, 'reject')));
    expect(against.map(({ code }) => code)).toEqual(against.map(() => 0));
    await vote(own, 'ann', 'approve');
    expect(await deploy(own, '--timeout 300ms')).toMatchObject({ code: 3 });
    await vote(own, 'bob', 'approve');
    expect(await deploy(own)).toMatchObject({ code: 0, stdout: expect.stringContaining('deployed') });
  });
});

test('nine rejections: no deploy, and 1', async () => {
  const own = await gate('stop');
  const waiting = deploy(own);
  const votes = await Promise.all(approvers.slice(1).map((agent) => vote(own, agent, 'reject')));
  // What is certain is closed at once: the ninth may find it so.
  expect(votes.filter(({ code }) => code === 0).length).toBeGreaterThanOrEqual(8);
  const { code, stdout } = await waiting;
  expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('FAILED') });
  expect(stdout).not.toContain('deployed');
});

describe('a stranger cannot approve', () => {
  test('without an invite, with a guess, with the link of another, with a key', async () => {
    const own = await gate('stranger');
    const tries = [
      '',
      '--invite 0123456789abcdef0123456789abcdef',
      `--invite '${own.invited.bob?.link}'`,
      `--token ${own.reader}`,
      `--token ${own.manager}`,
    ];
    for (const how of tries) {
      const tried = await at('stranger', `quorate propose stranger ann '"approve"' --round 1 ${how}`);
      expect(tried.code, `${how}: ${tried.stdout}`).toBe(1);
      expect(tried.stderr).toMatch(/fix: /);
    }
    const again = await at('stranger', 'quorate group create stranger --agents 3');
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('that you may not see') });
    const waited = await deploy(own, '--timeout 200ms');
    expect(waited).toMatchObject({ code: 3, stdout: expect.not.stringContaining('deployed') });
    const shown = await connect({ url: server.url, token: own.reader }).group('stranger').round(1);
    expect(shown.present).toBe(0);
  });

  test('nor with a link that its owner has used, from another machine; the owner may change nothing by voting again', async () => {
    const own = await gate('used');
    expect(await vote(own, 'ann', 'approve')).toMatchObject({ code: 0 });
    expect(await vote(own, 'ann', 'approve')).toMatchObject({ code: 0 });
    const thief = await vote(own, 'ann', 'reject', 'thief');
    expect(thief).toMatchObject({ code: 1, stderr: expect.stringContaining('has been used') });
    const shown = await connect({ url: server.url, token: own.reader }).group('used').round(1);
    expect(shown).toMatchObject({ present: 1, tally: [{ value: 'approve', weight: 1, agents: ['ann'] }] });
  });

  test('nor after the invite was revoked', async () => {
    const own = await gate('revoked');
    expect(await run('invite', 'revoked', 'ann', '--revoke', '--token', own.manager)).toMatchObject({
      code: 0,
    });
    expect(await vote(own, 'ann', 'approve')).toMatchObject({ code: 1 });
  });
});

test('whoever is away is waived by the manager, and what the approvers said can be read afterwards', async () => {
  const own = await gate('away');
  const waive = ['waive', 'away', 'joe', '--reason', 'on holiday', '--token', own.manager];
  expect(await run(...waive)).toMatchObject({ code: 0 });
  expect(await vote(own, 'joe', 'approve')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('holiday'),
  });
  const note = `--invite '${own.invited.ann?.link}' --note 'tested by hand'`;
  expect(await at('ann', `quorate propose away ann '"approve"' ${note}`)).toMatchObject({ code: 0 });
  expect(await vote(own, 'bob', 'approve')).toMatchObject({ code: 0 });
  const { stdout } = await run('rounds', 'away', '--detail', '--token', own.reader);
  expect(stdout).toMatch(/ann .*approve.*tested by hand/);
});

function jsonIn<T>({ code, stdout, stderr }: Run): T {
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as T;
}
