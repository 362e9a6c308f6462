import assert from 'node:assert/strict';
import type { ClaimJson, RoundJson } from '../../../src/core/view/json-types.ts';
import { ask, type Case, createGroup, playRound, problem, size } from './ask.ts';

/** A group that has decided 7 in round 1. */
async function decided(base: string): Promise<{ group: string; path: string }> {
  const group = await createGroup(base, size(2, { threshold: 2, next: 'manual' }));
  const round = await playRound(base, group, [7, 7]);
  assert.equal(round.state, 'SUCCESS');
  return { group, path: `/v1/groups/${group}/rounds/1/claim` };
}

export const claimCases: readonly Case[] = [
  {
    clause: 'claims',
    name: 'one holder takes the claim, and the same request again is the same claim [Q10.1] [Q10.2]',
    async run(base) {
      const { group, path } = await decided(base);
      const free = await ask(base, 'GET', path);
      const { revision, index, ...shape } = free.as<ClaimJson>();
      const none = { holder: null, by: null, fence: null, until: null, result: null };
      assert.deepEqual(shape, { group, round: 1, state: 'free', ...none }, free.story);
      assert.ok(Number.isInteger(revision) && Number.isInteger(index), free.story);
      const first = await ask(base, 'PUT', path, { holder: 'run-1', lease: '1m', value: 7 });
      assert.equal(first.status, 201, first.story);
      const held = first.as<ClaimJson>();
      assert.equal(held.state, 'held');
      assert.equal(held.fence, held.index, first.story);
      const again = await ask(base, 'PUT', path, { holder: 'run-1', lease: '1m', value: 7 });
      assert.equal(again.status, 200, again.story);
      assert.deepEqual({ ...again.as<ClaimJson>(), index: 0 }, { ...held, index: 0 });
      const other = problem(await ask(base, 'PUT', path, { holder: 'run-2' }), 409, 'claimed');
      assert.equal(other.claim?.holder, 'run-1');
      assert.equal(other.claim?.until, held.until);
    },
  },
  {
    clause: 'claims',
    name: 'a decision is spent once, and who comes later is told with which result [Q10.3] [Q10.5] [Q10.11]',
    async run(base) {
      const { path } = await decided(base);
      const { fence } = (await ask(base, 'PUT', path, { holder: 'run-1' })).as<ClaimJson>();
      const waiting = ask(base, 'GET', `${path}?wait=20s`);
      const renewed = await ask(base, 'POST', `${path}/renew`, { fence });
      assert.equal(renewed.status, 200, renewed.story);
      const done = await ask(base, 'POST', `${path}/done`, { fence, result: { version: 3 } });
      assert.equal(done.status, 200, done.story);
      assert.deepEqual((await waiting).as<ClaimJson>().result, { version: 3 });
      assert.equal((await ask(base, 'POST', `${path}/done`, { fence, result: { version: 3 } })).status, 200);
      const other = problem(await ask(base, 'POST', `${path}/done`, { fence, result: null }), 409, 'spent');
      assert.deepEqual(other.claim?.result, { version: 3 });
      const late = problem(await ask(base, 'PUT', path, { holder: 'run-2' }), 409, 'spent');
      assert.deepEqual(late.claim?.result, { version: 3 });
    },
  },
  {
    clause: 'claims',
    name: 'given back, or once its lease is over, another may take it, and the old fence is stale [Q10.6] [Q10.7]',
    async run(base) {
      const { path } = await decided(base);
      const { fence } = (await ask(base, 'PUT', path, { holder: 'run-1' })).as<ClaimJson>();
      const back = await ask(base, 'DELETE', `${path}?fence=${fence}`);
      assert.equal(back.status, 200, back.story);
      assert.equal(back.as<ClaimJson>().state, 'free');
      assert.equal((await ask(base, 'DELETE', `${path}?fence=${fence}`)).status, 200);
      const second = (await ask(base, 'PUT', path, { holder: 'run-2', lease: '1s' })).as<ClaimJson>();
      const over = await ask(base, 'GET', `${path}?after=${second.revision}&wait=20s`);
      assert.equal(over.as<ClaimJson>().state, 'free', over.story);
      const third = (await ask(base, 'PUT', path, { holder: 'run-3' })).as<ClaimJson>();
      assert.ok((third.fence ?? 0) > (second.fence ?? 0), 'a higher fence');
      for (const old of [fence, second.fence]) {
        const stale = problem(await ask(base, 'POST', `${path}/done`, { fence: old }), 409, 'stale-fence');
        assert.equal(stale.claim?.fence, third.fence);
        problem(await ask(base, 'POST', `${path}/renew`, { fence: old }), 409, 'stale-fence');
        problem(await ask(base, 'DELETE', `${path}?fence=${old}`), 409, 'stale-fence');
      }
    },
  },
  {
    clause: 'claims',
    name: 'only a decision that stands, and is the one that was meant, can be claimed [Q10.3] [Q10.4]',
    async run(base) {
      const { group, path } = await decided(base);
      const meant = problem(await ask(base, 'PUT', path, { holder: 'r', value: 8 }), 409, 'superseded');
      assert.equal((meant.round as RoundJson).value, 7);
      problem(await ask(base, 'PUT', path, { holder: 'r', subjectHash: 'x' }), 409, 'superseded');
      problem(await ask(base, 'GET', path.replace('/1/', '/2/')), 409, 'round-not-open');
      await ask(base, 'POST', `/v1/groups/${group}/rounds`, { round: 2 });
      problem(await ask(base, 'PUT', path, { holder: 'r' }), 409, 'superseded');
      const second = path.replace('/1/', '/2/');
      const open = problem(await ask(base, 'PUT', second, { holder: 'r' }), 409, 'no-decision');
      assert.equal(open.round?.state, 'WAITING');
      problem(await ask(base, 'GET', second), 409, 'no-decision');
      problem(await ask(base, 'POST', `${second}/done`, { fence: 1 }), 409, 'stale-fence');
    },
  },
  {
    clause: 'claims',
    name: 'a claim that is not understood changes nothing and says what to write',
    async run(base) {
      const { path } = await decided(base);
      const wrong: readonly [string, string, unknown][] = [
        ['PUT', '', {}],
        ['PUT', '', { holder: '' }],
        ['PUT', '', { holder: 'r', lease: '1ms' }],
        ['PUT', '', { holder: 'r', lease: '2d' }],
        ['PUT', '', { holder: 'r', subjectHash: 7 }],
        ['PUT', '', { holder: 'r', extra: 1 }],
        ['POST', '/renew', {}],
        ['POST', '/done', { fence: '7' }],
        ['DELETE', '', undefined],
        ['DELETE', '?fence=x', undefined],
      ];
      for (const [method, more, body] of wrong)
        problem(await ask(base, method, path + more, body), 400, 'invalid-request');
      const long = { fence: 1, result: 'x'.repeat(5000) };
      problem(await ask(base, 'POST', `${path}/done`, long), 413, 'too-large');
      assert.equal((await ask(base, 'GET', path)).as<ClaimJson>().state, 'free');
    },
  },
];
