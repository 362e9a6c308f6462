import type { ClaimJson, GroupJson, RoundJson, RoundState } from '../../client/index.ts';
import { proposalsText, valueText } from '../output.ts';
import { claimText } from './claims.ts';
import type { Line } from './screen.ts';

const formats: Readonly<Record<RoundState, 'yellow' | 'green' | 'red'>> = {
  WAITING: 'yellow',
  SUCCESS: 'green',
  FAILED: 'red',
};
const barWidth = 20;

type Claims = ReadonlyMap<number, ClaimJson>;

/**
 * The lines of a group's screen: the newest round in detail, each earlier one in a line. `claims`: by round. `now` in ms since 1970.
 */
export function groupScreen(
  group: GroupJson,
  rounds: readonly RoundJson[],
  claims: Claims,
  now: number,
): Line[] {
  const [newest, ...earlier] = rounds;
  const title = group.title === null ? '' : `  ${group.title}`;
  const { threshold, equality, close } = group.rule;
  const rule = `threshold ${JSON.stringify(threshold)}   equality ${JSON.stringify(equality)}   close ${close}`;
  return [
    { text: `${group.group}${title}`, format: 'bold' },
    { text: `${rule}   group ${group.status}` },
    { text: '' },
    ...(newest === undefined ? [] : large(newest, claims, now)),
    { text: '' },
    ...earlier.map((round) => small(round, claims)),
    { text: 'Ctrl-C ends' },
  ];
}

function large(round: RoundJson, claims: Claims, now: number): Line[] {
  const { state, present, eligible } = round;
  const filled = eligible === 0 ? 0 : Math.min(barWidth, Math.round((barWidth * present) / eligible));
  const value = state === 'SUCCESS' ? `  ${valueText(round.value)}` : '';
  const since = seconds(now - Date.parse(round.closedAt ?? round.openedAt));
  const lines: Line[] = [
    { text: `round ${round.round}  ${state}${value}`, format: formats[state] },
    { text: `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}  ${present} of ${eligible} in` },
    { text: round.explain },
  ];
  if (round.tally !== null && round.tally.length > 0) lines.push({ text: proposalsText(round) });
  const claim = claimText(claims.get(round.round));
  if (claim !== '') lines.push({ text: `claim ${claim}` });
  lines.push({
    text: `${round.closedAt === null ? 'open' : 'closed'} for ${since}${untilDeadline(round, now)}`,
  });
  return lines;
}

function untilDeadline({ deadlineAt, closedAt }: RoundJson, now: number): string {
  if (deadlineAt === null || closedAt !== null) return '';
  return `, ends in ${seconds(Date.parse(deadlineAt) - now)}`;
}

function small(round: RoundJson, claims: Claims): Line {
  const claim = claimText(claims.get(round.round));
  const value = round.state === 'SUCCESS' ? `  ${valueText(round.value)}` : '';
  const text = `${String(round.round).padStart(6)}  ${round.state}${value}  ${round.reason ?? ''}  ${claim === '' ? '' : `claim ${claim}  `}${proposalsText(round)}`;
  return { text, format: formats[round.state] };
}

function seconds(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000));
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
