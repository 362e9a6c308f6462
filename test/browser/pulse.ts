import { connect } from '../../src/client/index.ts';

/** Rounds of one vote each, a few a second, through whichever server answers. */
export async function voteOn(urls: readonly string[], signal: AbortSignal): Promise<void> {
  const group = connect({ urls, retryFor: '60s' }).group('pulse');
  await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
  for (let round = 1; !signal.aborted; round += 1) {
    await group.propose({ agent: 'ann', round, value: round, signal }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
