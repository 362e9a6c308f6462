import fc from 'fast-check';
import type { Command } from '../../src/core/entry.ts';
import { emptyState } from '../../src/core/group/state.ts';
import type { Canonical, Settings } from '../../src/core/types.ts';
import { firstViolation, remember } from '../check/invariants.ts';
import { createCommand, newestVersion, run } from '../harness/entries.ts';
import { names, valuesFor } from './any-rule.ts';
import { Model } from './model.ts';

/** Puts random commands to the core, and has the model follow each. */

export interface Step {
  readonly wait: number;
  readonly kind: (typeof kinds)[number];
  readonly agent: number;
  readonly value: number;
  readonly round: 'none' | 'open' | 'open' | 'past' | 'future';
  readonly seq: number;
  readonly key: number;
  readonly token: number;
  readonly note: string | undefined;
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
  'waive',
  'waive',
  'waive-agent',
  'deadline',
  'deadline-agent',
  'invite',
  'redeem',
  'redeem',
  'revoke',
  'subject',
  'rule',
  'delete',
] as const;

export const stepOf: fc.Arbitrary<Step> = fc.record({
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
  note: fc.constantFrom(undefined, undefined, undefined, 'because', 'secret-note'),
});

/** One history: a group of these settings, and what is done to it. */
export class Driver {
  readonly state = emptyState();
  private readonly model = new Model(this.state);
  private time = 1_000_000;
  private readonly base: Settings;
  private readonly values: readonly (Canonical | null)[];
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
    this.values = valuesFor(settings.rule);
    this.say(newestVersion);
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
      version: this.state.version,
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
    const value = this.values[step.value]!;
    const latest = this.state.groups.get('g')?.round ?? 1;
    const round = { none: null, open: latest, past: Math.max(1, latest - 1), future: latest + 1 }[step.round];
    const member = this.state.groups.get('g')?.members.get(agent);
    const invite = this.state.groups.get('g')?.invites.get(agent);
    const revision = this.state.groups.get('g')?.revision ?? 0;
    const ifRevision = [null, revision, revision - 1][step.key] ?? null;
    const tokenHash =
      step.token === 0
        ? (invite?.tokenHash ?? member?.tokenHash ?? null)
        : step.token === 1
          ? null
          : `${agent}-other`;
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
          ...(step.note === undefined ? {} : { note: step.note }),
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
          ...(step.note === undefined ? {} : { name: step.note }),
        };
      }
      case 'invite':
        return {
          type: 'put-invite',
          group,
          agent,
          role: step.value === 5 ? 'observer' : 'voter',
          secretHash: `secret-${step.seq === 4 ? 1 : 0}`,
          byKeyHash: [null, 'join-key', 'other-key'][step.key] ?? null,
          ...(step.note === undefined ? {} : { name: step.note }),
        };
      case 'redeem':
        return {
          type: 'redeem',
          group,
          agent,
          secretHash: `secret-${step.seq === 4 ? 1 : 0}`,
          tokenHash: `token-${agent}-${step.token === 0 ? 1 : 2}`,
        };
      case 'revoke':
        return {
          type: 'revoke-invite',
          group,
          agent,
          byKeyHash: [null, 'join-key', 'other-key'][step.key] ?? null,
        };
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
        this.admission = ({ open: 'key', key: 'invite', invite: 'open' } as const)[this.admission];
        return this.again({});
      case 'tick':
        return { type: 'tick' };
      case 'open':
        return { type: 'open-round', group, round: step.key === 0 ? null : (round ?? latest) + 1 };
      case 'close':
        return { type: 'close-round', group, round: round ?? latest, ifRevision, by: null, tokenHash: null };
      case 'close-agent':
        return { type: 'close-round', group, round: round ?? latest, ifRevision, by: agent, tokenHash };
      case 'waive':
      case 'waive-agent':
        return {
          type: 'waive',
          group,
          round: round ?? latest,
          agent: names[step.value % names.length] as string,
          reason: `on holiday ${step.seq}`,
          ...(step.kind === 'waive' ? { by: null, tokenHash: null } : { by: agent, tokenHash }),
        };
      case 'deadline':
      case 'deadline-agent':
        return {
          type: 'set-deadline',
          group,
          round: round ?? latest,
          deadline: this.deadlines()[step.value] ?? null,
          ifRevision,
          ...(step.kind === 'deadline' ? { by: null, tokenHash: null } : { by: agent, tokenHash }),
        };
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

  /** A duration, moments that come again as the clock goes on, one in the past, and one too far ahead. */
  private deadlines(): ({ readonly after: number } | { readonly at: number })[] {
    const soon = Math.ceil(this.time / 1500) * 1500;
    const year = 366 * 86_400_000;
    return [{ at: soon + 1500 }, { after: 700 }, { after: 2000 }, { at: soon - 1500 }, { after: year + 1 }];
  }

  private again(rule: Partial<Settings['rule']>): Command {
    const subjectHash = this.subject === 0 ? null : `subject-${this.subject}`;
    const { base, admission } = this;
    const settings = { ...base, admission, subjectHash, rule: { ...base.rule, ...rule } };
    const keys = admission !== 'open' ? { joinKeyHash: 'join-key', observerKeyHash: 'observers' } : {};
    return { ...createCommand('g', settings), ...keys } as Command;
  }
}
