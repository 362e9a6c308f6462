import type { ProposalJson, RoundJson } from '../../core/view/json-types.ts';
import type { Request } from '../route.ts';

/** Listings as CSV, RFC 4180: a header line, then one line for each item, all with CRLF. */
interface Table<T> {
  /** The header line. */
  readonly head: string;
  /** One item as its line. */
  readonly row: (item: T) => string;
}

export const csvType = 'text/csv; charset=utf-8; header=present';

/**
 * Rounds. `value` and `tally` are JSON texts; `agents` are those that the tally shows, separated by spaces; what is null is
 * empty, except the value of a SUCCESS, where null is a value.
 */
export const roundTable = table<RoundJson>({
  round: ({ round }) => String(round),
  state: ({ state }) => state,
  reason: ({ reason }) => reason ?? '',
  value: ({ state, value }) => (state === 'SUCCESS' ? JSON.stringify(value) : ''),
  eligible: ({ eligible }) => String(eligible),
  present: ({ present }) => String(present),
  openedAt: ({ openedAt }) => openedAt,
  closedAt: ({ closedAt }) => closedAt ?? '',
  revision: ({ revision }) => String(revision),
  agents: ({ tally }) =>
    (tally ?? [])
      .flatMap(({ agents }) => agents)
      .sort()
      .join(' '),
  tally: ({ tally }) => (tally === null ? '' : JSON.stringify(tally)),
});

/**
 * Proposals. `value` and `changes` are JSON texts; `seq`, `value`, `abstain` and `note` are empty where the rule does not reveal
 * them; `changes` is empty where there are none.
 */
export const proposalTable = table<ProposalJson>({
  agent: ({ agent }) => agent,
  name: ({ name }) => name ?? '',
  time: ({ time }) => time ?? '',
  index: ({ index }) => String(index ?? ''),
  seq: ({ seq }) => String(seq ?? ''),
  token: ({ token }) => String(token),
  value: ({ value }) => (value === undefined ? '' : JSON.stringify(value)),
  abstain: ({ abstain }) => String(abstain ?? ''),
  note: ({ note }) => note ?? '',
  changes: ({ changes }) => (changes.length === 0 ? '' : JSON.stringify(changes)),
});

function table<T>(columns: Readonly<Record<string, (item: T) => string>>): Table<T> {
  const cells = Object.values(columns);
  return { head: lineOf(Object.keys(columns)), row: (item) => lineOf(cells.map((read) => read(item))) };
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/** A text as one cell: quoted where it must be, and never a formula to a spreadsheet. */
export function cell(text: string): string {
  const isNumber = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);
  const safe = !isNumber && /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Whether the caller asks for CSV and does not like JSON better. */
export function wantsCsv(request: Request): boolean {
  const ranges = (request.headers.accept ?? '').toLowerCase().split(',').map(rangeOf);
  const weight = (type: string): number => ranges.find((range) => range.type === type)?.q ?? 0;
  return weight('text/csv') > 0 && weight('text/csv') >= weight('application/json');
}

function rangeOf(text: string): { readonly type: string; readonly q: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  return { type, q: q === undefined ? 1 : Number(q.slice(2)) || 0 };
}
