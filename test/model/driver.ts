import type { Command } from '../../src/core/entry.ts';
import { emptyState } from '../../src/core/group/state.ts';
import { agentKinds, seatPrefix } from '../../src/core/limits.ts';
import type { AgentKind, Canonical, Settings } from '../../src/core/types.ts';
import { firstViolation, remember } from '../check/invariants.ts';
import { createCommand, newestVersion, run } from '../harness/entries.ts';
import { actOf } from './acting.ts';
import { names, valuesFor } from './any-rule.ts';
import { Model } from './model.ts';
import type { Step } from './steps.ts';
import { tellOf } from './telling.ts';

/** Puts random commands to the core, and has the model follow each. */

/** One history: a group of these settings, and what is done to it. */
export class Driver {
  readonly state = emptyState();
  private readonly model = new Model(this.state);
  private time = 1_000_000;
  private readonly base: Settings;
  private readonly values: readonly (Canonical | null)[];
  private readonly mixed: boolean;
  private subject = 0;
  /** What was said last, be it taken or not. */
  private said: Extract<Command, { type: 'say' }> | null = null;
  private admission: Settings['admission'];
  private messagesKept: number | undefined;
  readonly done: string[] = [];
  readonly answers: string[] = [];

  constructor(settings: Settings) {
    this.base = settings;
    this.admission = settings.admission;
    const kinds = ['size', 'agents', 'live'];
    this.mixed = !kinds.some((kind) => kind in settings.rule.electorate);
    this.values = valuesFor(settings.rule);
    this.put(newestVersion);
    this.put(this.again({}));
  }

  take(step: Step): void {
    this.time += step.wait;
    if (step.kind === 'vote' || step.kind === 'speak') this.takeSeat(names[step.agent]!);
    this.put(this.commandOf(step));
  }

  private put(command: Command): void {
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
      case 'vote':
        return this.proposal(agent, value, step);
      // Another value, by somebody who has proposed in the open round.
      case 'change': {
        const { proposals = [] } = this.state.groups.get('g')?.open ?? {};
        const made = [...proposals].filter(([name]) => !name.startsWith(seatPrefix));
        const [who, { seq }] = made[step.agent % made.length] ?? [agent, { seq: null }];
        return { ...this.proposal(who, value, step), seq: this.base.rule.revote ? (seq ?? 0) + 1 : null };
      }
      case 'tell':
        return { type: 'tell', group, reader: agent, identified: step.seq === 1 };
      case 'join': {
        const own = step.token === 0 ? 1 : 2;
        const role = agent === 'eve' ? 'observer' : 'voter';
        return {
          type: 'join',
          group,
          agent,
          role,
          ttl: 2017,
          tokenHash: (step.token === 0 ? invite?.tokenHash : null) ?? `token-${agent}-${own}`,
          joinKeyHash: [null, 'other-key'][step.key - 1] ?? 'join-key',
          ...shownAs(step),
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
          ...shownAs(step),
        };
      case 'redeem':
        return {
          type: 'redeem',
          group,
          agent,
          secretHash: `secret-${step.seq === 4 ? 1 : 0}`,
          // As servers make them: no other invite ever gives the same token. [Q5.15]
          tokenHash: `invited-${agent}-${step.token === 0 ? 1 : 2}-${invite?.made}`,
        };
      case 'revoke':
        return {
          type: 'revoke-invite',
          group,
          agent,
          byKeyHash: [null, 'join-key', 'other-key'][step.key] ?? null,
        };
      case 'say':
        this.said = this.message(step, tokenHash);
        return this.said;
      case 'speak':
        this.said = this.message(step, this.tokenOf(agent));
        return this.said;
      case 'say-again': {
        const change = [{}, {}, { inView: 1 }, { body: '"changed"' }, { to: ['ann', 'bob'] }][step.seq];
        return this.said === null ? { type: 'tick' } : { ...this.said, ...change };
      }
      case 'cursor': {
        const { end = 0 } = this.state.groups.get('g')?.stream ?? {};
        return { type: 'set-cursor', group, agent, tokenHash, offset: end + 1 - [1, 1, 2, 4, 0][step.seq]! };
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
      case 'act':
      case 'claim':
      case 'claim-agent':
      case 'renew-claim':
      case 'spend':
      case 'give-back': {
        const who =
          step.kind === 'claim' || step.kind === 'act'
            ? { by: null, tokenHash: null }
            : { by: agent, tokenHash };
        return actOf(step, this.state, round ?? latest, who, this.values);
      }
      case 'hook':
      case 'unhook':
      case 'test-hook':
      case 'replay':
      case 'lead':
      case 'deliver':
      case 'fail':
        return tellOf(step, this.state);
      case 'subject':
        if (step.key === 0) this.subject += 1;
        return this.again({});
      case 'rule':
        // Fewer messages are kept, or as many as ever.
        if (this.base.retention?.messages !== undefined) this.messagesKept = [undefined, 1, 3][step.seq % 3];
        return this.again({
          ...(this.mixed ? {} : { threshold: step.seq % 2 === 0 ? 'majority' : 1 }),
          reveal: 'close',
        });
      case 'delete':
        return step.key === 0 ? { type: 'tick' } : { type: 'delete-group', group, ifRevision: null };
    }
  }

  /** Joins as the group asks for it, if the agent has not joined. */
  private takeSeat(agent: string): void {
    const group = this.state.groups.get('g');
    if (group === undefined || group.members.has(agent)) return;
    const tokenHash = `token-${agent}-1`;
    const asked = { group: 'g', agent, role: 'voter' } as const;
    if (this.admission !== 'invite') {
      this.put({ type: 'join', ...asked, ttl: 2017, tokenHash, joinKeyHash: 'join-key' });
    } else if (!group.invites.has(agent)) {
      this.put({ type: 'put-invite', ...asked, secretHash: 'secret-0', byKeyHash: 'join-key' });
      const { made } = this.state.groups.get('g')?.invites.get(agent) ?? {};
      const given = `invited-${agent}-1-${made}`;
      this.put({ type: 'redeem', group: 'g', agent, secretHash: 'secret-0', tokenHash: given });
    }
  }

  /** A proposal in whatever round is open, by who holds the agent's token. */
  private proposal(
    agent: string,
    value: Canonical | null,
    { note }: Step,
  ): Extract<Command, { type: 'propose' }> {
    const noted = note === undefined ? {} : { note };
    return {
      type: 'propose',
      group: 'g',
      round: null,
      agent,
      value,
      seq: null,
      tokenHash: this.tokenOf(agent),
      key: null,
      ...noted,
    };
  }

  private tokenOf(agent: string): string | null {
    const { members, invites } = this.state.groups.get('g') ?? {};
    return invites?.get(agent)?.tokenHash ?? members?.get(agent)?.tokenHash ?? null;
  }

  private message(step: Step, tokenHash: string | null): Extract<Command, { type: 'say' }> {
    const { stream, round = 1 } = this.state.groups.get('g') ?? {};
    const { end = 0, view = 0 } = stream ?? {};
    const has = (what: Step['with']): boolean => step.with === what || step.with === 'all';
    const others = [
      names.slice(0, 2),
      names.slice(step.agent, step.agent + 1),
      ['bob', 'bob'],
      names.slice(1, 4),
      ['zoe'],
    ];
    return {
      type: 'say',
      group: 'g',
      tokenHash,
      body: this.values[step.value] ?? 'null',
      key: step.key === 0 && step.seq < 3 ? null : `key-${step.key}`,
      ...(has('to') && { to: others[step.seq] as string[] }),
      ...(has('replyTo') && { replyTo: Math.max(1, end - step.value + 1) }),
      ...(has('round') && { round: Math.max(1, round + 2 - step.seq) }),
      ...(has('inView') && { inView: step.seq === 4 ? view - 1 : view }),
      ...(step.ackBy !== undefined && { ackBy: step.ackBy }),
    };
  }

  /** A duration, moments that come again as the clock goes on, one in the past, and one too far ahead. */
  private deadlines(): ({ readonly after: number } | { readonly at: number })[] {
    const soon = Math.ceil(this.time / 1500) * 1500;
    const year = 366 * 86_400_000;
    return [{ at: soon + 1500 }, { after: 700 }, { after: 2000 }, { at: soon - 1500 }, { after: year + 1 }];
  }

  private again(rule: Partial<Settings['rule']>): Command {
    const { messagesKept: messages } = this;
    const { retention: asked } = this.base;
    const retention =
      asked === undefined ? {} : { retention: { ...asked, ...(messages !== undefined && { messages }) } };
    const subjectHash = this.subject === 0 ? null : `subject-${this.subject}`;
    const { base, admission } = this;
    const settings = { ...base, ...retention, admission, subjectHash, rule: { ...base.rule, ...rule } };
    const keys = admission !== 'open' ? { joinKeyHash: 'join-key', observerKeyHash: 'observers' } : {};
    return { ...createCommand('g', settings), ...keys } as Command;
  }
}

/** What a join or an invite says of its agent. */
function shownAs({ note, value }: Step): { name?: string; kind?: AgentKind } {
  const kind = agentKinds[value];
  return { ...(note === undefined ? {} : { name: note }), ...(kind === undefined ? {} : { kind }) };
}
