import type { Canonical, Json, Mixed, Part, Rule, Threshold } from '../../src/core/types.ts';

/**
 * What a rule makes of a set of proposals, worked out by the letter of the protocol and from nothing else: no
 * increments, no cleverness, no line shared with the code it judges.
 */

export interface Ballot {
  readonly agent: string;
  /** null: an abstention. */
  readonly value: Canonical | null;
}

/** How many may propose, and their weight together. */
export interface Body {
  readonly count: number;
  readonly weight: number;
}

/** Several values where a seeded draw may give any of them. */
export type Verdict =
  | {
      readonly state: 'SUCCESS';
      readonly among: readonly Canonical[];
      /** Whether the draw may fall on a value that a required agent does not stand behind. */
      readonly mayFail: boolean;
    }
  | { readonly state: 'FAILED'; readonly why: 'floor' | 'veto' | 'required' | 'tie' | 'no-agreement' };

const failed = (why: Extract<Verdict, { state: 'FAILED' }>['why']): Verdict => ({ state: 'FAILED', why });

export function judge(rule: Rule, body: Body, ballots: readonly Ballot[]): Verdict {
  if (ballots.length < rule.floor) return failed('floor');
  if (ballots.some(({ agent, value }) => rule.veto.includes(agent) && isVeto(rule, value)))
    return failed('veto');
  const { electorate } = rule;
  const mixed = !('size' in electorate || 'agents' in electorate || 'live' in electorate);
  const chosen = mixed
    ? chooseMixed(rule, electorate, ballots)
    : typeof rule.equality === 'object'
      ? chooseWindow(rule, rule.equality.tolerance, body, ballots)
      : chooseClass(rule, body, ballots);
  if (typeof chosen === 'string') return failed(chosen);
  const backed = chosen.filter((group) => rule.required.every((agent) => group.agents.has(agent)));
  if (backed.length === 0) return failed('required');
  const among = backed.map((group) => group.value);
  return { state: 'SUCCESS', among, mayFail: backed.length < chosen.length };
}

/** The verdict once a draw has fallen: `draw` picks one of the values that are level. */
export function judgeDrawn(
  rule: Rule,
  body: Body,
  ballots: readonly Ballot[],
  draw: (level: readonly Canonical[]) => Canonical,
): Verdict {
  if (rule.tie !== 'seeded') return judge(rule, body, ballots);
  const open = judge({ ...rule, required: [] }, body, ballots);
  if (open.state === 'FAILED') return open;
  // A list that begins with what was drawn gives the same as the draw.
  const priority = [JSON.parse(draw([...new Set(open.among)])) as Json];
  return judge({ ...rule, tie: { priority } }, body, ballots);
}

/** Whether a round may end so by this verdict; null is a failure. */
export function allows(verdict: Verdict, value: Canonical | null): boolean {
  if (verdict.state === 'FAILED') return value === null;
  return value === null ? verdict.mayFail : verdict.among.includes(value);
}

/** Proposals that stand together, and the value they would decide. */
interface Camp {
  readonly value: Canonical;
  readonly agents: ReadonlySet<string>;
  readonly weight: number;
}

type Choice = Camp[] | 'tie' | 'no-agreement';

/** A veto is whatever is equal to `false` or `"veto"`, as the rule compares values. */
export function isVeto(rule: Rule, value: Canonical | null): boolean {
  return value === 'false' || (value !== null && sameness(rule, value) === '"veto"');
}

export function weightIn(rule: Rule, agent: string): number {
  return rule.weights?.[agent] ?? 1;
}

export function enough(threshold: Threshold, weight: number, whole: number): boolean {
  if (weight <= 0) return false;
  if (typeof threshold === 'number') return weight >= threshold;
  if (threshold === 'majority') return 2 * weight > whole;
  if (threshold === 'two-thirds') return 3 * weight >= 2 * whole;
  if (threshold === 'unanimous') return weight === whole;
  const left = weight * threshold.den;
  const right = whole * threshold.num;
  return threshold.strict ? left > right : left >= right;
}

/** The text under which equal values fall together; tolerance has none. */
function sameness(rule: Rule, value: Canonical): string {
  const plain = JSON.parse(value) as Json;
  if (rule.equality !== 'text' || typeof plain !== 'string') return value;
  // Letters that lower case alone does not bring together, as far as the tests know any.
  const folded = plain.normalize('NFC').toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ');
  const words = folded.split(/\s+/u);
  return JSON.stringify(words.filter((word) => word !== '').join(' '));
}

function camps(rule: Rule, ballots: readonly Ballot[]): Camp[] {
  const names = [...new Set(ballots.flatMap(({ value }) => (value === null ? [] : [sameness(rule, value)])))];
  return names.map((name) => {
    const inside = ballots.filter(({ value }) => value !== null && sameness(rule, value) === name);
    const spellings = [...new Set(inside.map(({ value }) => value as Canonical))].sort();
    const often = (text: string) => inside.filter(({ value }) => value === text).length;
    const value = spellings.reduce((best, next) => (often(next) > often(best) ? next : best));
    return camp(rule, value, inside);
  });
}

function camp(rule: Rule, value: Canonical, inside: readonly Ballot[]): Camp {
  const agents = new Set(inside.map(({ agent }) => agent));
  return { value, agents, weight: inside.reduce((sum, { agent }) => sum + weightIn(rule, agent), 0) };
}

function whole(rule: Rule, eligible: number, ballots: readonly Ballot[]): number {
  if (rule.of === 'eligible') return eligible;
  const counted = rule.of === 'present' ? ballots : ballots.filter(({ value }) => value !== null);
  return counted.reduce((sum, { agent }) => sum + weightIn(rule, agent), 0);
}

function chooseClass(rule: Rule, body: Body, ballots: readonly Ballot[]): Choice {
  const denominator = whole(rule, body.weight, ballots);
  const reaching = camps(rule, ballots).filter(({ weight }) => enough(rule.threshold, weight, denominator));
  return heaviest(rule, reaching);
}

function heaviest(rule: Rule, reaching: readonly Camp[]): Choice {
  if (reaching.length === 0) return 'no-agreement';
  const most = Math.max(...reaching.map(({ weight }) => weight));
  const leaders = reaching.filter(({ weight }) => weight === most);
  return leaders.length === 1 ? leaders : settleTie(rule, leaders);
}

function settleTie(rule: Rule, tied: readonly Camp[]): Choice {
  if (rule.tie === 'fail') return 'tie';
  if (rule.tie === 'seeded') return [...tied];
  for (const preferred of rule.tie.priority) {
    const name = sameness(rule, JSON.stringify(preferred));
    const winner = tied.find(({ value }) => sameness(rule, value) === name);
    if (winner !== undefined) return [winner];
  }
  return 'tie';
}

const unitsOf = new Map<string, bigint>();

/** A decimal in whole units of 10^-400; no canonical number has a digit beyond. */
function units(decimal: string): bigint {
  const before = unitsOf.get(decimal);
  if (before !== undefined) return before;
  const [mantissa = '', power = '0'] = decimal.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const found = BigInt(whole + fraction + '0'.repeat(400 + Number(power) - fraction.length));
  unitsOf.set(decimal, found);
  return found;
}

/** Every run of sorted numbers no wider than the tolerance; the heaviest wins, its lower weighted median is the value. */
function chooseWindow(rule: Rule, tolerance: number, body: Body, ballots: readonly Ballot[]): Choice {
  const cast = ballots.filter(({ value }) => value !== null);
  const sorted = cast
    .map((ballot) => ({ ballot, at: units(ballot.value as Canonical) }))
    .sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0));
  const width = units(String(tolerance));
  const starts = [...new Set(sorted.map(({ at }) => at))];
  const windows = starts.map((start) => {
    const inside = sorted.filter(({ at }) => at >= start && at - start <= width);
    return camp(
      rule,
      median(
        rule,
        inside.map(({ ballot }) => ballot),
      ),
      inside.map(({ ballot }) => ballot),
    );
  });
  const denominator = whole(rule, body.weight, ballots);
  const reaching = windows.filter(({ weight }) => enough(rule.threshold, weight, denominator));
  if (reaching.length === 0) return 'no-agreement';
  const most = Math.max(...reaching.map(({ weight }) => weight));
  const leaders = reaching.filter(({ weight }) => weight === most);
  const [lowest] = leaders as [Camp];
  const disjoint = leaders.some((one) =>
    leaders.some((other) => [...one.agents].every((agent) => !other.agents.has(agent))),
  );
  return disjoint ? settleTie(rule, leaders) : [lowest];
}

function median(rule: Rule, sorted: readonly Ballot[]): Canonical {
  const line = sorted.flatMap(({ agent, value }) =>
    Array<Canonical>(weightIn(rule, agent)).fill(value ?? ''),
  );
  return line[Math.ceil(line.length / 2) - 1] as Canonical;
}

function chooseMixed(rule: Rule, mixed: Mixed, ballots: readonly Ballot[]): Choice {
  const first = choosePart(rule, mixed, ballots);
  return typeof first === 'string' && mixed.else !== undefined
    ? choosePart(rule, mixed.else, ballots)
    : first;
}

function choosePart(rule: Rule, part: Part, ballots: readonly Ballot[]): Choice {
  const mine = new Set(agentsOf(part));
  const inside = ballots.filter(({ agent }) => mine.has(agent));
  const satisfying = camps(rule, inside).filter(({ agents }) => satisfied(rule, part, agents, inside));
  const choice = heaviest(rule, satisfying);
  if (typeof choice === 'string') return choice;
  // Agents of another part may stand behind the winner as well, and have their say in how it is spelt.
  const all = camps(rule, ballots);
  return choice.flatMap(({ value }) => {
    const name = sameness(rule, value);
    return all.filter((camp) => sameness(rule, camp.value) === name);
  });
}

function satisfied(rule: Rule, part: Part, behind: ReadonlySet<string>, ballots: readonly Ballot[]): boolean {
  if ('role' in part) {
    const own = ballots.filter(({ agent }) => part.agents.includes(agent));
    const support = part.agents.filter((agent) => behind.has(agent)).length;
    return enough(part.threshold, support, whole(rule, part.agents.length, own));
  }
  const parts = 'all' in part ? part.all : 'any' in part ? part.any : part.of;
  const needed = 'all' in part ? parts.length : 'any' in part ? 1 : part.atLeast;
  return parts.filter((inner) => satisfied(rule, inner, behind, ballots)).length >= needed;
}

/** Agents of a part; of a mixed electorate those before `else`. */
export function agentsOf(part: Part): string[] {
  if ('role' in part) return [...part.agents];
  const parts = 'all' in part ? part.all : 'any' in part ? part.any : part.of;
  return [...new Set(parts.flatMap(agentsOf))];
}
