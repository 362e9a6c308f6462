import type { Command, Entry } from '../../src/core/entry.ts';
import { type Claim, Claims, noClaims } from '../../src/core/group/claim-list.ts';
import type { Group, State } from '../../src/core/group/state.ts';
import type { Result } from '../../src/core/result.ts';
import type { Mutant } from './mutant.ts';

/** Bugs by which a decision would be acted on twice, late, or though it no longer stands. */

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

function claimIn(state: State, { group, round }: { readonly group: string; readonly round: number }) {
  const known = state.groups.get(group);
  const claim = known?.claims.get(round);
  return known === undefined || claim === undefined ? null : { known, claim };
}

/** Takes the fence of whoever speaks for the present one. */
function forgetFences(state: State, { commands }: Entry): void {
  for (const command of commands) {
    if (!('fence' in command && 'round' in command)) continue;
    const found = claimIn(state, command);
    if (found?.claim.state === 'held') found.known.claims.set({ ...found.claim, fence: command.fence });
  }
}

function grant(group: Group, command: Of<'claim'>, index: number): void {
  const { round, holder, by, tokenHash, lease } = command;
  const plain = { state: 'held', result: null, revision: group.revision } as const;
  const claim: Claim = { round, holder, by, tokenHash, fence: index, lease, until: Infinity, ...plain };
  if (group.claims === noClaims) group.claims = new Claims();
  group.claims.set({ ...claim, until: group.createdAt + 1 });
}

export const claimMutants: readonly Mutant[] = [
  {
    name: 'a decision that was spent can be claimed again',
    killedBy: 'I30',
    core: (state, { commands }, { results }) =>
      commands.forEach((command, i) => {
        const result = results[i];
        if (command.type !== 'spend-claim' || result?.ok !== true || result.did !== 'spent') return;
        const found = claimIn(state, command);
        found?.known.claims.set({ ...found.claim, state: 'given-back' });
      }),
  },
  { name: 'an old fence is as good as the latest', killedBy: 'I30', before: forgetFences },
  {
    name: 'a decision that no longer stands can be claimed',
    killedBy: 'I30',
    core: (state, { commands }, { results }) =>
      commands.forEach((command, i) => {
        const result = results[i];
        if (command.type !== 'claim' || result?.ok !== false || result.code !== 'superseded') return;
        const group = state.groups.get(command.group);
        if (group === undefined) return;
        grant(group, command, state.index);
        (results as Result[])[i] = { ok: true, did: 'claimed', round: command.round, fence: state.index };
      }),
  },
];
