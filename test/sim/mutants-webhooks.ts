import type { Entry } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Delivery, Webhook } from '../../src/core/group/webhook-list.ts';
import type { Result } from '../../src/core/result.ts';
import type { Mutant } from './mutant.ts';

/** Bugs by which an outcome would never be told, or by two servers at once. */

function webhooksOf(state: State): Webhook[] {
  return [
    ...state.webhooks.values(),
    ...[...state.groups.values()].flatMap((group) => [...group.webhooks.values()]),
  ];
}

/** For each command of this type and what it came to. */
function each(
  type: 'take-deliveries' | 'delivery-failed',
  { commands }: Entry,
  results: readonly Result[],
  call: (result: Result, i: number) => void,
): void {
  commands.forEach((command, i) => {
    if (command.type === type && results[i] !== undefined) call(results[i], i);
  });
}

export const webhookMutants: readonly Mutant[] = [
  {
    name: 'a server that takes over forgets what the one before it had not delivered',
    killedBy: 'I31',
    core: (state, entry, { results }) =>
      each('take-deliveries', entry, results, (result) => {
        if (!result.ok || result.did !== 'deliveries-taken' || result.fence !== state.index) return;
        for (const { pending } of webhooksOf(state)) (pending as Map<number, Delivery>).clear();
      }),
  },
  {
    name: 'what has failed once is never tried again',
    killedBy: 'I31',
    core: (state, entry, { results }) =>
      each('delivery-failed', entry, results, (result) => {
        if (!result.ok || result.did !== 'attempt-noted') return;
        for (const webhook of webhooksOf(state))
          for (const one of webhook.pending.values())
            if (one.attempts > 0) webhook.set({ ...one, nextAt: Number.MAX_SAFE_INTEGER });
      }),
  },
  {
    name: 'a server delivers while another holds the lease',
    killedBy: 'I31',
    core: (state, entry, { results }) =>
      each('take-deliveries', entry, results, (result, i) => {
        const command = entry.commands[i];
        if (command?.type !== 'take-deliveries' || !result.ok || result.did !== 'deliveries-held') return;
        const until = state.time + command.lease;
        state.delivering = { server: command.server, fence: state.index, until };
        (results as Result[])[i] = { ok: true, did: 'deliveries-taken', ...state.delivering };
      }),
  },
];
