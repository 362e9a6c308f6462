import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type GroupSettings, type RoundJson } from '../../src/client/index.ts';
import { quorate, type Server, startServer } from '../harness/server.ts';

/** What somebody does to an open round from the command line: another deadline, an elector who is waived. */

let server: Server;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:'], 0, { QUORATE_ADMIN_TOKEN: 'the-administrators-token' });
});
afterAll(() => server?.kill());

const admin = () => connect({ url: server.url, token: 'the-administrators-token' });
const run = (...args: readonly string[]) => quorate([...args, '--url', server.url]);
const asAdmin = (...args: readonly string[]) => run(...args, '--token', 'the-administrators-token');
const three: GroupSettings = { rule: { electorate: { agents: ['ann', 'bob', 'cy'] }, next: 'manual' } };

describe('quorate extend', () => {
  test('sets the deadline of the open round: from now, at a time, or none', async () => {
    const group = admin().group('extend');
    await group.create({ ...three, rule: { ...three.rule, deadline: '10m' } });
    const before = Date.now();
    const later = await asAdmin('extend', 'extend', '2h', '--json');
    expect(later, later.stderr).toMatchObject({ code: 0 });
    const { deadlineAt, deadlineSet } = JSON.parse(later.stdout) as RoundJson;
    const ahead = Date.parse(deadlineAt ?? '') - before;
    expect(ahead).toBeGreaterThanOrEqual(7_200_000);
    expect(ahead).toBeLessThan(7_260_000);
    expect(deadlineSet).toMatchObject({ by: null, times: 1 });
    const at = new Date(Date.now() + 86_400_000);
    const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, -1);
    expect(await asAdmin('extend', 'extend', local, '--round', '1')).toMatchObject({
      code: 0,
      stdout: `round 1  ends at ${at.toISOString()}\n`,
    });
    expect((await asAdmin('extend', 'extend', at.toISOString())).code, 'the same time').toBe(0);
    expect((await group.round(1)).deadlineSet?.times).toBe(2);
    expect(await asAdmin('extend', 'extend', 'none')).toMatchObject({
      code: 0,
      stdout: 'round 1  has no deadline\n',
    });
  });

  test('says what to write, and what a rule forbids', async () => {
    const group = admin().group('forbidden');
    await group.create({ ...three, rule: { ...three.rule, minWait: '1h', deadline: '2h' } });
    for (const when of ['soon', '10', '2026-13-01T00:00']) {
      const refused = await asAdmin('extend', 'forbidden', when);
      expect(refused, when).toMatchObject({ code: 2 });
      expect(refused.stderr, when).toMatch(/duration such as 10m|with its unit/);
    }
    const early = await asAdmin('extend', 'forbidden', '5m');
    expect(early).toMatchObject({ code: 1 });
    expect(early.stderr).toContain('the minimum wait ends at');
    await group.close(1);
    expect(await asAdmin('extend', 'forbidden', '5m')).toMatchObject({ code: 3 });
    expect((await asAdmin('extend', 'forbidden', '5m', '--round', '1')).stderr).toContain(
      'round 1 is closed',
    );
  });
});

describe('quorate waive', () => {
  test('takes an elector out, for the administrator and for whom --may-waive names', async () => {
    const made = await asAdmin(
      ...['group', 'create', 'gate', '--electorate', 'ann,bob,cy', '--next', 'manual'],
      ...['--may-waive', 'ann'],
    );
    expect(made, made.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(made.stdout)).toMatchObject({ mayWaive: ['ann'] });
    const titled = await asAdmin('group', 'create', 'gate', '--title', 'Deploy?', '--json');
    expect(JSON.parse(titled.stdout), 'what is not named stays').toMatchObject({ mayWaive: ['ann'] });
    const group = connect({ url: server.url }).group('gate');
    const [ann, bob] = [await group.join('ann'), await group.join('bob')];
    const by = (token: string, ...args: readonly string[]) => run('waive', 'gate', ...args, '--token', token);
    const refused = await by(bob.token, 'cy', '--reason', 'no');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(/mayWaive|may waive/);
    expect(await by(ann.token, 'cy')).toMatchObject({ code: 2 });
    const waived = await by(ann.token, 'cy', '--reason', 'on holiday');
    expect(waived, waived.stderr).toMatchObject({ code: 0 });
    expect(waived.stdout).toBe(
      'round 1  WAITING  waiting for ann and bob; more than half equal of 2 decide; cy is waived\n',
    );
    expect((await group.round(1)).waived).toMatchObject([{ agent: 'cy', by: 'ann', reason: 'on holiday' }]);
    const late = await run('propose', 'gate', 'cy', '1');
    expect(late).toMatchObject({ code: 1 });
    expect(late.stderr).toContain('agent cy has been waived in round 1: on holiday');
    await ann.propose({ value: 1 });
    expect((await asAdmin('waive', 'gate', 'ann', '--reason', 'x')).stderr).toContain(
      'has proposed in round 1',
    );
    const last = await asAdmin('waive', 'gate', 'bob', '--reason', 'x', '--round', '1', '--json');
    expect(JSON.parse(last.stdout)).toMatchObject({ state: 'SUCCESS', value: 1, eligible: 1 });
    await Promise.all([ann.leave(), bob.leave()]);
  });
});
