import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Command } from '../../src/core/entry.ts';
import { emptyState } from '../../src/core/group/state.ts';
import type { Settings } from '../../src/core/types.ts';
import { firstViolation, remember } from '../check/invariants.ts';
import { createCommand, run } from '../harness/entries.ts';
import { fewOr } from '../harness/property.ts';
import { anySettings, names, numbers, words } from './any-rule.ts';
import { Model } from './model.ts';

/** Runs: MODEL_RUNS (default 20,000 in CI and 5,000 elsewhere); a failure names the seed that repeats it: MODEL_SEED. */
const runs = Number(process.env.MODEL_RUNS ?? fewOr(5000, 20_000));
const seed =
  process.env.MODEL_SEED === undefined ? Date.now() % 1_000_000_000 : Number(process.env.MODEL_SEED);

interface Step {
  readonly wait: number;
  readonly kind: (typeof kinds)[number];
  readonly agent: number;
  readonly value: number;
  readonly round: 'none' | 'open' | 'open' | 'past' | 'future';
  readonly seq: number;
  readonly key: number;
  readonly token: number;
}

const kinds = [
  'propose',
  'propose',
  'propose',
  'propose',
  'propose',
  'propose',
  'anonymous',
  'anonymous',
  'tell',
  'join',
  'join',
  'renew',
  'leave',
  'remove',
  'keys',
  'admission',
  'tick',
  'tick',
  'open',
  'close',
  'close-agent',
  'subject',
  'rule',
  'delete',
] as const;

const stepOf: fc.Arbitrary<Step> = fc.record({
  wait: fc.constantFrom(0, 0, 0, 100, 300, 700, 1500, 5000),
  kind: fc.constantFrom(...kinds),
  agent: fc.nat(4),
  value: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4, 5),
  round: fc.constantFrom(
    'none' as const,
    'open' as const,
    'open' as const,
    'past' as const,
    'future' as const,
  ),
  seq: fc.nat(4),
  key: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2),
  token: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2),
});

const planOf = fc.record({
  settings: anySettings,
  mayClose: fc.constantFrom<Settings['mayClose']>('admin', 'agents', ['ann']),
  admission: fc.constantFrom<Settings['admission']>('open', 'open', 'open', 'key'),
  retention: fc.constantFrom<Settings['retention']>(undefined, undefined, { rounds: null, idle: 4000 }),
  steps: fc.array(stepOf, { maxLength: 30, size: 'max' }),
});

class Driver {
  readonly state = emptyState();
  private readonly model = new Model(this.state);
  private time = 1_000_000;
  private readonly base: Settings;
  private readonly numeric: boolean;
  private readonly mixed: boolean;
  private subject = 0;
  private admission: Settings['admission'];
  readonly done: string[] = [];
  readonly answers: string[] = [];

  constructor(settings: Settings) {
    this.base = settings;
    this.admission = settings.admission;
    const kinds = ['size', 'agents', 'live'];
    this.mixed = !kinds.some((kind) => kind in settings.rule.electorate);
    this.numeric = typeof settings.rule.equality === 'object';
    this.say(this.again({}));
  }

  take(step: Step): void {
    this.time += step.wait;
    this.say(this.commandOf(step));
  }

  private say(command: Command): void {
    const before = remember(this.state);
    const index = this.state.index + 1;
    const stamp = { time: this.time, seed: (index * 2654435761) % 4294967296 };
    const applied = run(this.state, [command], stamp);
    const result = applied.results[0];
    this.done.push(`${this.time} ${JSON.stringify(command)} -> ${JSON.stringify(result)}`);
    if (result === undefined) throw new Error('no result');
    this.answers.push(!result.ok ? result.code : result.did === 'told' ? result.state : result.did);
    this.model.follow(command, this.time, this.state, result);
    const entry = {
      version: 1,
      writer: 'one',
      serial: index,
      server: 'one',
      reckoned: 0,
      alone: true,
      ...stamp,
      commands: [command],
    };
    const violation = firstViolation({ before, after: this.state, entry, index, applied });
    if (violation !== null) throw new Error(violation);
  }

  private commandOf(step: Step): Command {
    const group = 'g';
    const agent = names[step.agent]!;
    const value = (this.numeric ? numbers : words)[step.value]!;
    const latest = this.state.groups.get('g')?.round ?? 1;
    const round = { none: null, open: latest, past: Math.max(1, latest - 1), future: latest + 1 }[step.round];
    const member = this.state.groups.get('g')?.members.get(agent);
    const revision = this.state.groups.get('g')?.revision ?? 0;
    const ifRevision = [null, revision, revision - 1][step.key] ?? null;
    const tokenHash =
      step.token === 0 ? (member?.tokenHash ?? null) : step.token === 1 ? null : `${agent}-other`;
    switch (step.kind) {
      case 'propose':
      case 'anonymous': {
        const anonymous = step.kind === 'anonymous';
        return {
          type: 'propose',
          group,
          round,
          agent: anonymous ? null : agent,
          value,
          seq: anonymous || step.seq === 0 || !this.base.rule.revote ? null : step.seq,
          tokenHash: anonymous ? null : tokenHash,
          key: step.key === 0 ? null : `key-${step.key}`,
        };
      }
      case 'tell':
        return { type: 'tell', group, reader: agent, identified: step.seq === 1 };
      case 'join': {
        const instance = step.token === 0 ? `${agent}-1` : `${agent}-2`;
        const role = agent === 'eve' ? 'observer' : 'voter';
        return {
          type: 'join',
          group,
          agent,
          role,
          ttl: 2017,
          tokenHash: `token-${instance}`,
          joinKeyHash: [null, 'other-key'][step.key - 1] ?? 'join-key',
        };
      }
      case 'renew':
        return { type: 'renew', group, agent, tokenHash };
      case 'leave':
        return { type: 'leave', group, agent, tokenHash };
      case 'remove':
        return {
          type: 'remove-agent',
          group,
          agent,
          byKeyHash: [null, 'join-key', 'other-key'][step.key] ?? null,
        };
      case 'keys': {
        const { joinKeyHash = null } = this.state.groups.get('g') ?? {};
        const inPlaceOf = step.token === 0 ? joinKeyHash : 'join-key';
        const next = step.key === 0 ? 'other-key' : 'join-key';
        return { type: 'put-keys', group, joinKeyHash: next, observerKeyHash: 'observers', inPlaceOf };
      }
      case 'admission':
        this.admission = this.admission === 'open' ? 'key' : 'open';
        return this.again({});
      case 'tick':
        return { type: 'tick' };
      case 'open':
        return { type: 'open-round', group, round: step.key === 0 ? null : (round ?? latest) + 1 };
      case 'close':
        return { type: 'close-round', group, round: round ?? latest, ifRevision, by: null, tokenHash: null };
      case 'close-agent':
        return { type: 'close-round', group, round: round ?? latest, ifRevision, by: agent, tokenHash };
      case 'subject':
        if (step.key === 0) this.subject += 1;
        return this.again({});
      case 'rule':
        return this.again({
          ...(this.mixed ? {} : { threshold: step.seq % 2 === 0 ? 'majority' : 1 }),
          reveal: 'close',
        });
      case 'delete':
        return step.key === 0 ? { type: 'tick' } : { type: 'delete-group', group, ifRevision: null };
    }
  }

  private again(rule: Partial<Settings['rule']>): Command {
    const subjectHash = this.subject === 0 ? null : `subject-${this.subject}`;
    const { base, admission } = this;
    const settings = { ...base, admission, subjectHash, rule: { ...base.rule, ...rule } };
    const keys = admission === 'key' ? { joinKeyHash: 'join-key', observerKeyHash: 'observers' } : {};
    return { ...createCommand('g', settings), ...keys } as Command;
  }
}

const parts = 4;
for (let part = 0; part < parts; part += 1) {
  it(`does what the reference model does, part ${part + 1} of ${parts}`, { timeout: 600_000 }, () => {
    const seen = new Set<string>();
    const property = fc.property(planOf, ({ settings, mayClose, admission, retention, steps }) => {
      const kept = retention === undefined ? {} : { retention };
      const driver = new Driver({ ...settings, mayClose, admission, ...kept });
      try {
        for (const step of steps) driver.take(step);
      } catch (error) {
        const rule = JSON.stringify(settings.rule);
        throw new Error(`${(error as Error).message}\n${rule}\n${driver.done.join('\n')}`, { cause: error });
      }
      for (const answer of driver.answers) seen.add(answer);
    });
    const numRuns = Math.ceil(runs / parts);
    const report = fc.check(property, {
      numRuns,
      seed: seed + part,
      ...(process.env.MODEL_PATH ? { path: process.env.MODEL_PATH } : {}),
    });
    if (report.failed) {
      const rerun = `MODEL_SEED=${seed} npx vitest run test/model/model.test.ts -t 'part ${part + 1}'`;
      throw new Error(
        `run ${report.numRuns} of seed ${report.seed}, path ${report.counterexamplePath}; again: ${rerun}\n${String(report.errorInstance)}`,
      );
    }
    expect(report.numRuns).toBe(numRuns);
    if (numRuns >= 2000) {
      for (const answer of [
        'proposed',
        'repeated',
        'changed',
        'SUCCESS',
        'FAILED',
        'WAITING',
        'closed',
        'opened',
        'round-closed',
        'revision-mismatch',
      ])
        expect(seen, answer).toContain(answer);
    }
  });
}
