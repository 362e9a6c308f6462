import { type Applied, apply } from '../../src/core/apply.ts';
import type { Command, Entry } from '../../src/core/entry.ts';
import { emptyState, type State } from '../../src/core/group/state.ts';
import { canonical } from '../../src/core/json.ts';
import type { Event, Result } from '../../src/core/result.ts';
import { parseDuration } from '../../src/core/rule/duration.ts';
import { parseSettings } from '../../src/core/rule/settings.ts';
import type { Json, Settings } from '../../src/core/types.ts';
import { viewOpen, viewRound } from '../../src/core/view/view.ts';
import { newestVersion } from '../harness/entries.ts';
import { actingIn } from './acting.ts';
import { hookIn, toldIn } from './hooks.ts';
import { explained, streamFor, talkIn, viewOf } from './talk.ts';

/**
 * A scenario is a text of commands, each followed by what came of it, indented: `=` an answer, `!` a refusal, `*` an
 * event. `#` begins a remark. The commands, where `g` is any group:
 *
 *     after 500ms                     the clock of the only server goes on; alone it changes nothing
 *     tick                            timers and leases that have run out take effect
 *     put g {"rule": {...}}           creates the group or changes its settings; `at 3` for the revision expected
 *     delete g
 *     g: ann proposes "tea"           then, in this order and each optional: in 1, seq 2, key k, by token x, note why
 *     g: ann abstains
 *     g: somebody proposes 7          without identity
 *     g: 1 asks                       the classroom's GET /state/1
 *     g: ann joins 30s                then: as observer, with key k, by token x
 *     g: ann renews    g: ann leaves    g: remove ann
 *     g: invite ann named Ann Smith   its secret is ann-secret; `as observer`, `with secret x`
 *     g: ann redeems                  for the token ann-token; then: x for another secret, as y for another token
 *     g: revoke ann
 *     put keys of g new in place of key      the hashes of its join keys
 *     g: close 1       g: ann closes 1                then: at 3 for the revision expected, by token x
 *     g: deadline 1 30s    g: ann sets deadline 1 30s    the round ends in 30s; `none`: never; then: at 3, by token x
 *     g: waive cy in 1 (away)    g: ann waives cy in 1 (away)    then: by token x
 *     g: open
 *     g: show 1                       the round as readers see it
 *     activate                        the newest version of the log; before it there are no streams
 *     g: ann says "tea"               then, in this order and each optional: to bob,cy, reply 5, about 1 (a round), in view 4,
 *                                     ack 2 (or majority, all), key k, by token x
 *     g: ann has read 5               sets its cursor; then: by token x
 *     g: stream    g: stream for ann    the items as the manager sees them, or ann
 *     g: view    g: explain 5         who is in the view; how far a message is acknowledged
 *     g: claim 1 for run-1    g: ann claims 1 for run-1    then: of subject, lease 10s, meaning "yes", by token x
 *     g: renew claim 1 fence 7    g: spend 1 fence 7 result "ok"    g: give back 1 fence 7    or by ann, as above
 *     g: hook w to https://a.example    then: for FAILED, as slack, with secret x, with new secret x
 *     g: drop w    g: test w    g: replay w 3    the webhook `w` of g, or of the server where `server` stands for `g`; test: key k
 *     server: one delivers 10s        takes the lease under which one server delivers
 *     g: w 3 delivered    g: w 3 fails with 503    then: for good, after 1h, as attempt 2, under fence 7
 *     g: w deliveries    g: w told    its deliveries, and what the last of them says
 *     g: 100000 agents join           folded into one line
 *
 * An agent speaks with its own token once it has joined, unless another is named; `by token -` sends none.
 */
export interface Played {
  /** The text as it should be. */
  readonly text: string;
  readonly entries: readonly Entry[];
  readonly results: readonly Result[];
  readonly settings: readonly Settings[];
}

export function play(text: string): Played {
  const stage = new Stage();
  const lines: string[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.startsWith('  ')) continue;
    lines.push(line);
    if (line === '' || line.startsWith('#')) continue;
    try {
      lines.push(...stage.say(line).map((answer) => `  ${answer}`));
    } catch (error) {
      throw new Error(`line ${i + 1}: ${line}`, { cause: error });
    }
  }
  const { entries, results, settings } = stage;
  return { text: lines.join('\n'), entries, results, settings };
}

class Stage {
  readonly entries: Entry[] = [];
  readonly results: Result[] = [];
  readonly settings: Settings[] = [];
  private readonly state: State = emptyState();
  private time = Date.UTC(2026, 0, 1);

  /** What comes of one line. */
  say(line: string): string[] {
    const wait = /^after (\w+)$/.exec(line)?.[1];
    if (wait !== undefined) {
      const ms = parseDuration(wait);
      if (ms === null) throw new Error(`${wait} is no duration`);
      this.time += ms;
      return [];
    }
    const shown = /^(\S+): show (\d+)$/.exec(line);
    if (shown !== null) return [`= ${this.shown(shown[1] as string, Number(shown[2]))}`];
    const talked = this.talked(line);
    if (talked !== null) return talked.map((text) => `= ${text}`);
    const [, owner = '', asked = ''] = /^(\S+): (.+)$/.exec(line) ?? [];
    const told = toldIn(this.state, owner, asked);
    if (told !== null) return told.map((text) => `= ${text}`);
    const put = /^put (\S+)(?: at (\d+))? (\{.*\})$/.exec(line);
    if (put !== null) return this.put(put[1] as string, put[2], put[3] as string);
    const crowd = /^(\S+): (\d+) agents join$/.exec(line);
    if (crowd !== null) return this.crowd(crowd[1] as string, Number(crowd[2]));
    const { results, events } = this.write([this.commandOf(line)]);
    return [...results.map(resultText), ...events.map((event) => this.eventText(event))];
  }

  /** What is shown of a stream; null when something else is meant. */
  private talked(line: string): string[] | null {
    const [, name = '', what, whom] = /^(\S+): (stream|view|explain)(?: (?:for )?(\S+))?$/.exec(line) ?? [];
    const group = this.state.groups.get(name);
    if (what === undefined || group === undefined) return null;
    if (what === 'view') return viewOf(group);
    if (what === 'explain') return [explained(group, Number(whom))];
    return streamFor(group, whom ?? null, whom === undefined ? null : this.token(name, whom, undefined));
  }

  private put(group: string, revision: string | undefined, body: string): string[] {
    const parsed = parseSettings(JSON.parse(body) as Json);
    if (!parsed.ok)
      return parsed.complaints.map((complaint) => `! invalid-rule ${JSON.stringify(complaint)}`);
    const { settings } = parsed;
    this.settings.push(settings);
    const keys =
      settings.admission !== 'open'
        ? { joinKeyHash: 'key', observerKeyHash: 'observer-key' }
        : { joinKeyHash: null, observerKeyHash: null };
    const ifRevision = revision === undefined ? null : Number(revision);
    const { results, events } = this.write([{ type: 'put-group', group, settings, ifRevision, ...keys }]);
    return [...results.map(resultText), ...events.map((event) => this.eventText(event))];
  }

  private crowd(group: string, count: number): string[] {
    const commands = Array.from({ length: count }, (_, i) => this.commandOf(`${group}: a${i} joins 1h`));
    const texts = this.write(commands).results.map((result) => (result.ok ? result.did : result.code));
    return [...new Set(texts)].map((text) => `= ${text} ${texts.filter((one) => one === text).length} times`);
  }

  private commandOf(line: string): Command {
    if (line === 'tick') return { type: 'tick' };
    if (line === 'activate') return newestVersion;
    const gone = /^delete (\S+)(?: at (\d+))?$/.exec(line);
    if (gone !== null) {
      const ifRevision = gone[2] === undefined ? null : Number(gone[2]);
      return { type: 'delete-group', group: gone[1] as string, ifRevision };
    }
    const keys = /^put keys of (\S+) (\S+) in place of (\S+)$/.exec(line);
    if (keys !== null) {
      const [, group = '', joinKeyHash = '', inPlaceOf = ''] = keys;
      return { type: 'put-keys', group, joinKeyHash, observerKeyHash: `observer-${joinKeyHash}`, inPlaceOf };
    }
    const [, group = '', what = ''] = /^(\S+): (.+)$/.exec(line) ?? [];
    const opening = /^open(?: (\d+))?$/.exec(what);
    if (opening !== null)
      return { type: 'open-round', group, round: opening[1] === undefined ? null : Number(opening[1]) };
    const close = /^(?:(\S+) closes|close) (\d+)(?: at (\d+))?(?: by token (\S+))?$/.exec(what);
    if (close !== null) {
      const by = close[1] ?? null;
      const tokenHash = by === null ? null : this.token(group, by, close[4]);
      const ifRevision = close[3] === undefined ? null : Number(close[3]);
      return { type: 'close-round', group, round: Number(close[2]), ifRevision, by, tokenHash };
    }
    const talk = talkIn(group, what, (agent, token) => this.token(group, agent, token));
    if (talk !== null) return talk;
    const acting = actingIn(group, what, (agent, token) => this.token(group, agent, token));
    if (acting !== null) return acting;
    const hook = hookIn(this.state, group, what);
    if (hook !== null) return hook;
    const hand = this.byHand(group, what);
    if (hand !== null) return hand;
    const invite = this.inviting(group, what);
    if (invite !== null) return invite;
    const removed = /^remove (\S+)$/.exec(what)?.[1];
    if (removed !== undefined) return { type: 'remove-agent', group, agent: removed, byKeyHash: null };
    const [, agent = '', verb = '', rest = ''] =
      /^(\S+) (proposes|abstains|asks|joins|renews|leaves)(.*)$/.exec(what) ?? [];
    if (verb === 'asks') return { type: 'tell', group, reader: agent, identified: false };
    if (verb === 'proposes' || verb === 'abstains') return this.proposal(group, agent, rest.trim());
    if (verb === 'joins') return this.join(group, agent, rest.trim());
    const token = /^(?: by token (\S+))?$/.exec(rest);
    if ((verb !== 'renews' && verb !== 'leaves') || token === null) throw new Error('this is no command');
    const type = verb === 'renews' ? 'renew' : 'leave';
    return { type, group, agent, tokenHash: this.token(group, agent, token[1]) };
  }

  /** A deadline that is set, or an elector that is waived; null: neither. */
  private byHand(group: string, what: string): Command | null {
    const [, setter = null, set, end = '', revision, setToken] =
      /^(?:(\S+) sets )?deadline (\d+) (\S+)(?: at (\d+))?(?: by token (\S+))?$/.exec(what) ?? [];
    const right = (by: string | null, token: string | undefined) => {
      return { by, tokenHash: by === null ? null : this.token(group, by, token) };
    };
    if (set !== undefined) {
      const deadline = end === 'none' ? null : { after: parseDuration(end, Infinity) ?? 0 };
      const ifRevision = revision === undefined ? null : Number(revision);
      const who = right(setter, setToken);
      return { type: 'set-deadline', group, round: Number(set), deadline, ifRevision, ...who };
    }
    const [, waiver = null, agent, round, reason = '', token] =
      /^(?:(\S+) waives|waive) (\S+) in (\d+) \((.+)\)(?: by token (\S+))?$/.exec(what) ?? [];
    if (agent === undefined) return null;
    return { type: 'waive', group, round: Number(round), agent, reason, ...right(waiver, token) };
  }

  /** What is said of invites; null when it is something else. */
  private inviting(group: string, what: string): Command | null {
    const invited = /^invite (\S+)( as observer)?(?: with secret (\S+))?(?: named (.+))?$/.exec(what);
    if (invited !== null) {
      const [, agent = '', observer, secretHash = `${agent}-secret`, name] = invited;
      const named = name === undefined ? {} : { name };
      const role = observer === undefined ? 'voter' : 'observer';
      return { type: 'put-invite', group, agent, ...named, role, secretHash, byKeyHash: null };
    }
    const redeemed = /^(\S+) redeems(?: (?!as )(\S+))?(?: as (\S+))?$/.exec(what);
    if (redeemed !== null) {
      const [, agent = '', secretHash = `${agent}-secret`, tokenHash = `${agent}-token`] = redeemed;
      return { type: 'redeem', group, agent, secretHash, tokenHash };
    }
    const agent = /^revoke (\S+)$/.exec(what)?.[1];
    return agent === undefined ? null : { type: 'revoke-invite', group, agent, byKeyHash: null };
  }

  private proposal(group: string, name: string, rest: string): Command {
    const form =
      /^(.*?)(?: ?in (\d+))?(?:,? ?seq (\d+))?(?:,? ?key (\S+))?(?:,? ?by token (\S+))?(?:,? ?note (.+))?$/;
    const [, value = '', round, seq, key = null, token, note] = form.exec(rest) ?? [];
    const agent = name === 'somebody' ? null : name;
    return {
      type: 'propose',
      group,
      round: round === undefined ? null : Number(round),
      agent,
      value: value === '' ? null : canonical(JSON.parse(value) as Json),
      seq: seq === undefined ? null : Number(seq),
      tokenHash: agent === null ? null : this.token(group, agent, token),
      key,
      ...(note !== undefined && { note }),
    };
  }

  private join(group: string, agent: string, rest: string): Command {
    const form = /^(\w+)( as observer)?(?: with key (\S+))?(?: by token (\S+))?$/;
    const [, ttl = '', observer, joinKeyHash = null, token] = form.exec(rest) ?? [];
    const role = observer === undefined ? 'voter' : 'observer';
    const tokenHash = token ?? `${agent}-token`;
    return { type: 'join', group, agent, role, ttl: parseDuration(ttl) ?? 0, tokenHash, joinKeyHash };
  }

  private token(group: string, agent: string, named: string | undefined): string | null {
    if (named !== undefined) return named === '-' ? null : named;
    const known = this.state.groups.get(group);
    return known?.members.get(agent)?.tokenHash ?? known?.invites.get(agent)?.tokenHash ?? null;
  }

  private write(commands: readonly Command[]): Applied {
    const index = this.state.index + 1;
    const entry: Entry = {
      version: this.state.version,
      writer: 'one',
      serial: index,
      time: this.time,
      server: 'one',
      reckoned: 0,
      alone: true,
      seed: (index * 2654435761) % 2 ** 31,
      commands,
    };
    this.entries.push(entry);
    const applied = apply(this.state, entry, index);
    this.results.push(...applied.results);
    return applied;
  }

  private shown(group: string, number: number): string {
    const known = this.state.groups.get(group);
    const round = known === undefined ? null : viewRound(known, number, this.state.index);
    if (round === null) return 'not kept';
    const { state, reason, value, eligible, present, missing, tally, explain } = round;
    return JSON.stringify({ state, reason, value, eligible, present, missing, tally, explain });
  }

  private eventText({ group: name, type, revision, round, agent }: Event): string {
    const group = this.state.groups.get(name);
    const head = [
      `* ${revision} ${type}`,
      ...(round === null ? [] : [`round ${round}`]),
      ...(agent ?? '').split(' '),
    ];
    const outcome = type === 'round-closed' && round !== null ? group?.closed.get(round) : undefined;
    if (outcome !== undefined) head.push(`${outcome.state} ${outcome.reason}`, outcome.value ?? '');
    if (type === 'round-opened' && group?.open?.number === round && group?.open) {
      head.push(`eligible ${viewOpen(group, group.open, this.state.index).eligible}`);
    }
    return head.filter((word) => word !== '').join(' ');
  }
}

function resultText(result: Result): string {
  if (!result.ok) return `! ${result.code}: ${result.detail}`;
  const details = Object.entries(result).filter(
    ([name]) => !['ok', 'did', 'expiresAt', 'revision'].includes(name),
  );
  return ['=', result.did, ...details.map(([name, value]) => `${name} ${value}`)].join(' ');
}
