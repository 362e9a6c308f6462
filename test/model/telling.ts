import type { Command } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Step } from './steps.ts';

/** What a random step does about webhooks: mostly about one that is there, and what is due in it. */
export function tellOf(step: Step, state: State): Command {
  const group = step.agent > 2 ? null : 'g';
  const id = step.seq % 2 === 0 ? 'one' : 'other';
  const webhook = (group === null ? state : state.groups.get('g'))?.webhooks.get(id);
  const use = { group, id, byKeyHash: step.token === 2 ? 'old-key' : null };
  if (step.kind === 'hook' || (webhook === undefined && step.kind !== 'lead')) {
    const states = (['all', 'all', 'SUCCESS', 'FAILED'] as const)[step.value % 4] ?? 'all';
    const secret = { keepSecret: step.key === 0, secret: `whsec_${step.key}` };
    const url = `https://${step.value % 2}.example`;
    return { type: 'put-webhook', ...use, url, states, format: 'standard', ...secret };
  }
  if (step.kind === 'lead' || webhook === undefined)
    return { type: 'take-deliveries', server: `s${step.agent % 2}`, lease: 1600 };
  if (step.kind === 'unhook') return { type: 'delete-webhook', ...use };
  if (step.kind === 'test-hook')
    return { type: 'test-webhook', ...use, key: step.key === 0 && step.seq < 2 ? null : 'key-1' };
  if (step.kind === 'replay') return { type: 'replay-delivery', ...use, number: 1 + step.value };
  const [first] = webhook.pending.values();
  const number = first === undefined || step.round === 'past' ? 1 + step.value : first.number;
  const attempts = webhook.get(number)?.attempts ?? 0;
  const attempt = attempts + (step.token === 1 ? 0 : 1);
  const made = webhook.made - (step.round === 'future' && step.key === 1 ? 1 : 0);
  const fence = (state.delivering?.fence ?? 1) - (step.key === 2 ? 1 : 0);
  const ended = { group, id, made, number, attempt, fence };
  if (step.kind === 'deliver') return { type: 'delivered', ...ended };
  const retryAfter = step.value === 2 ? 4000 : step.value === 3 ? 1_000_000_000 : null;
  return { type: 'delivery-failed', ...ended, error: '503', retryAfter, gone: step.value >= 4 };
}
