import { describe, expect, test } from 'vitest';
import { randomFrom, seedOfRun } from '../../test/harness/random.ts';
import { TestGroup } from '../../test/harness/test-group.ts';
import { RandomEntries } from '../../test/replay/entries.ts';
import { apply } from '../core/apply.ts';
import { encodeCommand, encodeEntry } from '../core/entry.ts';
import { emptyState, type State } from '../core/group/state.ts';
import type { Webhook } from '../core/group/webhook-list.ts';
import { memoryLog } from '../log/memory.ts';
import { defaultCheckpointLimits, StateCheckpoints } from './checkpoints/state-checkpoints.ts';
import type { Surroundings } from './clock.ts';
import { Counts } from './counts.ts';

/** What Counts says, found by looking at every group. */
function walked(state: State) {
  const all = { live: 0, undecided: 0, webhooks: 0, failing: 0, disabled: 0, pending: 0 };
  const look = (webhooks: Iterable<Webhook>): void => {
    for (const { disabled, pending } of webhooks) {
      all.webhooks += 1;
      all.pending += pending.size;
      if (disabled !== null) all.disabled += 1;
      else if ([...pending.values()].some(({ attempts }, place) => place === 0 && attempts > 0))
        all.failing += 1;
    }
  };
  for (const { members, open, webhooks } of state.groups.values()) {
    for (const { live } of members.values()) if (live) all.live += 1;
    if (open !== null && open.proposals.size > 0) all.undecided += 1;
    look(webhooks.values());
  }
  look(state.webhooks.values());
  return all;
}

function counted(counts: Counts): ReturnType<typeof walked> {
  const { webhooks, failing, disabled, pending } = counts.webhooks;
  return { live: counts.liveAgents, undecided: counts.undecidedRounds, webhooks, failing, disabled, pending };
}

const surroundings = { now: () => 0, soon: (call: () => void) => void setImmediate(call) } as Surroundings;

function checkpointsOf(state: State, log: ReturnType<typeof memoryLog>): StateCheckpoints {
  return new StateCheckpoints(state, log, surroundings, { ...defaultCheckpointLimits, smallSize: 8 });
}

describe('what all groups come to together', () => {
  test('is counted from entry to entry, and goes on behind a checkpoint', async () => {
    const first = seedOfRun();
    const seen = { live: 0, undecided: 0, webhooks: 0, failing: 0, disabled: 0, pending: 0 };
    for (let seed = first; seed < first + 20; seed += 1) {
      const again = `SEED=${seed} npx vitest run src/replica/counts.test.ts`;
      const random = randomFrom(seed);
      const entries = new RandomEntries(seed);
      // One state is only looked at: reading a group that is not read yet would change what the other has to count.
      const whole = emptyState();
      const log = memoryLog();
      let state = emptyState();
      let counts = new Counts(state);
      let checkpoints = checkpointsOf(state, log);
      for (let step = 0; step < 150; step += 1) {
        const entry = entries.next(whole);
        apply(whole, structuredClone(entry), whole.index + 1);
        const { commands, ...header } = entry;
        await log.append(encodeEntry(header, commands.map(encodeCommand)));
        const { changed } = apply(state, structuredClone(entry), state.index + 1);
        checkpoints.applied(1, changed);
        counts.applied(changed);
        const due = walked(whole);
        // Restored groups with webhooks are looked at a few at a time.
        for (let turn = 0; turn < 20; turn += 1) counts.applied(new Set());
        expect(counted(counts), again).toEqual(due);
        for (const [what, count] of Object.entries(due)) if (count > 0) seen[what as keyof typeof seen] += 1;
        if (random() > 0.05) continue;
        await checkpoints.write(new AbortController().signal);
        const since = counts.undecidedSince;
        state = emptyState();
        counts = new Counts(state);
        checkpoints = checkpointsOf(state, log);
        await checkpoints.restore();
        counts.restored();
        // A record says it in whole seconds, and of a proposal that was replaced it has the time of the last.
        if (since === Infinity) expect(counts.undecidedSince, again).toBe(Infinity);
        else {
          expect(counts.undecidedSince, again).toBeGreaterThan(since - 1000);
          expect(counts.undecidedSince, again).toBeLessThanOrEqual(whole.time);
        }
        expect(checkpoints.latest, again).toEqual({ index: whole.index, time: whole.time });
      }
    }
    for (const [what, steps] of Object.entries(seen))
      expect(steps, `${what} from seed ${first}`).toBeGreaterThan(0);
  });

  test('the age of a round begins with its first proposal, not with its opening', () => {
    const room = new TestGroup({ rule: { electorate: { size: 3 }, threshold: 3, deadline: null } }, 'newest');
    const counts = new Counts(room.state);
    const look = (): number => {
      counts.applied(new Set([room.group.name]));
      return counts.undecidedSince;
    };
    expect(look()).toBe(Infinity);
    room.now += 3_600_000;
    room.propose('a', 1);
    expect(look()).toBe(room.now);
    room.now += 1000;
    room.propose('b', 1);
    expect(look()).toBe(room.now - 1000);
    room.propose('c', 1);
    expect(look()).toBe(Infinity);
  });

  test('a webhook keeps failing once three attempts in a row have failed, until one is taken', () => {
    const room = new TestGroup({ rule: { electorate: { size: 1 }, next: 'continuous' } }, 'newest');
    const counts = new Counts(room.state);
    const look = () => {
      counts.applied(new Set([room.group.name]));
      const { failing, persistent } = counts.webhooks;
      return { failing, persistent, named: counts.failingWebhook?.webhook.id };
    };
    room.putWebhook('w');
    room.propose('a', 1);
    expect(look()).toEqual({ failing: 0, persistent: 0, named: undefined });
    room.takeDeliveries();
    for (const persistent of [0, 0, 1]) {
      room.fail('w');
      expect(look()).toEqual({ failing: 1, persistent, named: persistent === 1 ? 'w' : undefined });
    }
    expect(counts.failingWebhook).toMatchObject({
      group: room.group.name,
      attempts: 3,
      error: expect.any(String),
    });
    room.deliver('w');
    expect(look()).toEqual({ failing: 0, persistent: 0, named: undefined });
  });
});
