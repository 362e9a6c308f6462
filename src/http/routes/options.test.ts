import { afterEach, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../../test/harness/app.ts';
import type { GroupJson, ProblemJson, RoundJson } from '../../core/view/json-types.ts';

let app: RunningApp;
afterEach(() => app.stop());

const agents = ['ann', 'bob', 'cyd'];

test('what is no option is answered with the options, and an option in any spelling with the round [Q4.32]', async () => {
  app = await startApp();
  const rule = {
    electorate: { agents },
    equality: 'text',
    options: ['approve', { value: 'reject', label: 'No' }],
  };
  const put = await app.ask('PUT', '/v1/groups/g', { rule });
  const options = [{ value: 'approve' }, { value: 'reject', label: 'No' }];
  expect(put.as<GroupJson>().rule, put.story).toMatchObject({ options, wins: null, valueBytes: 4096 });
  const ann = '/v1/groups/g/rounds/1/proposals/ann';
  const wrong = await app.ask('PUT', ann, { value: true });
  expect(wrong.as<ProblemJson>(), wrong.story).toMatchObject({
    status: 422,
    code: 'not-an-option',
    detail: 'round 1 offers "approve", "reject"',
    round: { options, present: 0 },
  });
  const key = { 'idempotency-key': 'k' };
  for (const [value, status] of [
    ['Approve', 201],
    ['approve', 200],
    [' APPROVE', 200],
  ] as const) {
    const answer = await app.ask('PUT', ann, { value }, key);
    expect(answer.status, answer.story).toBe(status);
  }
  await app.ask('PUT', '/v1/groups/g/rounds/1/proposals/bob', { value: 'APPROVE' });
  await app.ask('PUT', '/v1/groups/g/rounds/1/proposals/cyd', { value: 'reject' });
  const late = await app.ask('PUT', ann, { value: 'APPROVE' });
  expect(late.status, late.story).toBe(200);
  expect(late.as<RoundJson>()).toMatchObject({ state: 'SUCCESS', value: 'approve', options });
  expect((await app.ask('GET', '/v1/groups/g/rounds/1/proposals')).as()).toMatchObject({
    proposals: [{ value: 'approve' }, { value: 'approve' }, { value: 'reject' }],
  });
});

test('a put of the same options in another spelling changes nothing [Q3.12] [Q4.32]', async () => {
  app = await startApp();
  const put = (options: unknown, wins: unknown) =>
    app.ask('PUT', '/v1/groups/g', { rule: { options, wins } });
  const first = await put(['a', 'b'], ['b', 'a']);
  const again = await put([{ value: 'a' }, { value: 'b' }], ['a', 'b']);
  expect([again.status, again.as<GroupJson>().revision]).toEqual([200, first.as<GroupJson>().revision]);
  const shown = await app.ask('PUT', '/v1/groups/g', { rule: again.as<GroupJson>().rule });
  expect(shown.as<GroupJson>().revision, 'nor does what was shown').toBe(first.as<GroupJson>().revision);
});

test('the classroom answers a number that is no option so too, and counts it nowhere [Q2.11] [Q4.32]', async () => {
  app = await startApp();
  const rule = { electorate: { size: 3 }, threshold: 2, options: [1, 2], next: 'continuous' };
  await app.ask('PUT', '/v1/groups/default', { preset: 'classroom', rule });
  const wrong = await app.ask('POST', '/number', { number: 3 });
  expect(wrong.as<ProblemJson>(), wrong.story).toMatchObject({ status: 422, code: 'not-an-option' });
  for (const number of [1, 2, 1]) expect((await app.ask('POST', '/number', { number })).status).toBe(200);
  expect((await app.ask('GET', '/state/x')).as()).toEqual({ state: 'SUCCESS' });
  expect((await app.ask('GET', '/v1/groups/default/rounds/1')).as<RoundJson>()).toMatchObject({
    value: 1,
    present: 3,
  });
});

test('values of more than 4,096 bytes are taken where the rule says so, and no others [Q4.43]', async () => {
  app = await startApp();
  const propose = async (group: string, bytes: number): Promise<number> => {
    const path = `/v1/groups/${group}/rounds/1/proposals/a`;
    return (await app.ask('PUT', path, { value: 'x'.repeat(bytes - 2) })).status;
  };
  await app.ask('PUT', '/v1/groups/usual', {});
  await app.ask('PUT', '/v1/groups/long', { rule: { valueBytes: 16_384, revote: true } });
  expect([await propose('usual', 4097), await propose('usual', 4096)]).toEqual([413, 201]);
  expect([await propose('long', 16_385), await propose('long', 16_384)]).toEqual([413, 201]);
  const many = { rule: { valueBytes: 16_384, electorate: { size: 1001 } } };
  expect((await app.ask('PUT', '/v1/groups/many', many)).as<ProblemJson>().errors?.[0]?.field).toBe(
    'rule.valueBytes and rule.electorate',
  );
});
