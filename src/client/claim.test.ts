import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../test/harness/app.ts';
import { connect, type Group, QuorateError } from './index.ts';

/** Runs that act on one decision through the SDK, against a server in this process. */

let app: RunningApp;
let group: Group;

beforeEach(async () => {
  app = await startApp();
  group = connect({ url: app.url }).group('g');
  await group.create({ rule: { electorate: { size: 1 }, next: 'manual' } });
  await group.propose({ agent: 'ann', value: 'deploy' });
});
afterEach(() => app.stop());

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(() => null).catch((thrown) => thrown as unknown);
  return error instanceof QuorateError ? error.code : 'none';
}

/** A store that is acted on: it keeps the highest fence that it has seen, and refuses a lower one. */
class Store {
  readonly written: string[] = [];
  private highest = 0;

  write(fence: number, what: string): boolean {
    if (fence < this.highest) return false;
    this.highest = fence;
    this.written.push(what);
    return true;
  }
}

describe('a claim', () => {
  test('is held by one run, and spent once [Q10.2] [Q10.3]', async () => {
    const claim = await group.claim(1, { value: 'deploy', lease: '1m' });
    expect([claim.round, claim.held, claim.claimed.state]).toEqual([1, true, 'held']);
    const error = (await group.claim(1).catch((thrown) => thrown)) as QuorateError;
    expect(error.code).toBe('claimed');
    expect(error.claim?.holder).toBe(claim.claimed.holder);
    expect((await claim.done({ version: 3 })).state).toBe('spent');
    expect(claim.held).toBe(false);
    const late = (await group.claim(1).catch((thrown) => thrown)) as QuorateError;
    expect([late.code, late.claim?.result]).toEqual(['spent', { version: 3 }]);
    expect((await group.readClaim(1)).result).toEqual({ version: 3 });
    expect(await codeOf(group.claim(1, { value: 'stop' }))).toBe('superseded');
  });

  test('is renewed in the background [Q10.5]', async () => {
    const claim = await group.claim(1, { lease: '6s' });
    const { until } = await group.readClaim(1);
    await expect.poll(async () => (await group.readClaim(1)).until, { timeout: 20_000 }).not.toBe(until);
    expect(claim.held).toBe(true);
    expect(await group.readClaim(1)).toMatchObject({ state: 'held', fence: claim.fence });
    expect((await claim.done()).state).toBe('spent');
  });

  test('says for how long it is certainly held; sent again by its holder it is renewed first [Q10.2]', async () => {
    const first = await group.claim(1, { holder: 'one', lease: '1m' });
    expect(first.left).toBeGreaterThan(0);
    expect(first.left).toBeLessThanOrEqual(60_000);
    // So that log time moves on: the lease of a mere repeat would still end as before.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const again = await group.claim(1, { holder: 'one', lease: '1m' });
    expect(again.fence).toBe(first.fence);
    expect(String(again.claimed.until) > String(first.claimed.until)).toBe(true);
    await again.done();
    expect([again.left, again.held]).toEqual([0, false]);
  });

  test('that is given back may be taken by another, at once', async () => {
    const claim = await group.claim(1, { holder: 'one' });
    const waiting = group.readClaim(1, { after: claim.claimed.revision, wait: '20s' });
    expect((await claim.release()).state).toBe('free');
    expect((await waiting).state).toBe('free');
    const next = await group.claim(1, { holder: 'two' });
    expect(next.fence).toBeGreaterThan(claim.fence);
    expect(await codeOf(claim.done())).toBe('stale-fence');
    await next.release();
  });

  test('that was lost ends with an error, and what is acted on refuses the late run [Q10.12]', async () => {
    const store = new Store();
    const claim = await group.claim(1, { holder: 'slow', lease: '1s' });
    // Somebody who may manage the group takes it away, and another run begins.
    await group.giveBackClaim(1, claim.fence);
    const other = await group.claim(1, { holder: 'quick' });
    expect(store.write(other.fence, 'quick')).toBe(true);
    const lost = await claim.lost;
    expect(lost.code).toBe('claim-lost');
    expect(claim.signal.aborted).toBe(true);
    expect(store.write(claim.fence, 'slow')).toBe(false);
    expect((await other.done('ok')).result).toBe('ok');
    expect(store.written).toEqual(['quick']);
  });
});
