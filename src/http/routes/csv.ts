import type { ProposalJson, RoundJson } from '../../core/view/json-types.ts';

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
  value: ({ state, value }) => (state === 'SUCCESS' ? jsonText(value) : ''),
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
  tally: ({ tally }) => (tally === null ? '' : jsonText(tally)),
  subjectHash: ({ subjectHash }) => subjectHash ?? '',
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
  value: ({ value }) => (value === undefined ? '' : jsonText(value)),
  abstain: ({ abstain }) => String(abstain ?? ''),
  note: ({ note }) => note ?? '',
  changes: ({ changes }) => (changes.length === 0 ? '' : jsonText(changes)),
});

function table<T>(columns: Readonly<Record<string, (item: T) => string>>): Table<T> {
  const cells = Object.values(columns);
  return { head: lineOf(Object.keys(columns)), row: (item) => lineOf(cells.map((read) => read(item))) };
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/**
 * JSON for a cell. Where a decimal has a comma, spreadsheets end cells at each `;`, quoted or not: a formula behind one would be run.
 * Written as an escape it is the same JSON.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    /;([=+\-@\uff1d\uff0b\uff0d\uff20])/g,
    (_, first: string) => `;\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A text as one cell: quoted where it must be, and never a formula to a spreadsheet, as a whole or in part. */
export function cell(text: string): string {
  const isNumber = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);
  const whole = !isNumber && /^[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]/.test(text) ? `'${text}` : text;
  const safe = whole.replace(/([;\r\n]"*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g, "$1'");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
