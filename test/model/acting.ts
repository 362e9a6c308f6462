import type { Command } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Canonical } from '../../src/core/types.ts';
import type { Step } from './steps.ts';

interface By {
  readonly by: string | null;
  readonly tokenHash: string | null;
}

/** What a random step does about decisions: mostly about the last one, with the fence of its claim. */
export function actOf(
  step: Step,
  state: State,
  round: number,
  { by, tokenHash }: By,
  values: readonly (Canonical | null)[],
): Command {
  const group = state.groups.get('g');
  const decided = [...(group?.closed.values() ?? [])].filter((one) => one.state === 'SUCCESS').at(-1);
  const isAbout = step.round === 'none' || step.round === 'open';
  const number = isAbout ? (decided?.round ?? round) : round;
  const right = { group: 'g', round: number, by, tokenHash };
  const value = values[step.value] ?? 'null';
  const claim = group?.claims.get(number);
  const isFree = claim?.state !== 'held' && claim?.state !== 'spent';
  const kind = step.kind === 'act' ? (isFree ? 'claim' : 'spend') : step.kind;
  if (kind === 'claim' || kind === 'claim-agent') {
    const meant = step.key === 1 ? { value } : step.key === 2 ? { subjectHash: 'subject-1' } : {};
    const lease = step.seq === 4 ? 10_000 : 1600;
    return { type: 'claim', holder: `run-${step.seq % 2}`, lease, ...meant, ...right };
  }
  const own = step.agent > 2 ? {} : { by: claim?.by ?? null, tokenHash: claim?.tokenHash ?? null };
  const use = { ...right, ...own, fence: (claim?.fence ?? 1) - (step.token === 2 ? 1 : 0) };
  if (kind === 'renew-claim') return { type: 'renew-claim', ...use };
  if (kind === 'give-back') return { type: 'give-back-claim', ...use };
  return { type: 'spend-claim', result: step.seq < 3 ? '"ok"' : 'null', ...use };
}
