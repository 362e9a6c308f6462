import { type Signal, signal } from '@preact/signals';
import type { QuorateError } from '../../client/errors.ts';
import type { Transport } from '../../client/transport.ts';
import type { EventJson } from '../../core/view/json-types.ts';
import { follow } from '../live.ts';
import { afterEvent, type Row } from './rows.ts';

/** All groups of the server that this page may see, kept up to date. */
export interface Groups {
  /** By name; null before the first are read. */
  readonly rows: Signal<ReadonlyMap<string, Row> | null>;
  /** Why the list is not shown; null while it is. */
  readonly problem: Signal<QuorateError | null>;
  readonly stop: () => void;
}

interface ListPage {
  readonly groups: readonly Row[];
  readonly next: string | null;
}

const pageSize = 1000;
/** How long changes are gathered before they are shown, ms: a group may close a hundred rounds a second. */
const gatherMs = 150;
/** Of many rows longer, since all are put in order anew: ms for each. */
const gatherMsEach = 0.05;
/** Groups beyond which the whole list is read instead of each row. */
const mostRows = 20;

export function allGroups(transport: Transport): Groups {
  const rows = signal<ReadonlyMap<string, Row> | null>(null);
  const problem = signal<QuorateError | null>(null);
  let changed = new Map<string, Row | null>();
  let unknown = new Set<string>();
  let isWaiting = false;
  /** What has changed since each reading that goes on began: its answers may be from before that. */
  const since = new Set<Map<string, Row | null>>();
  const change = (name: string, row: Row | null): void => {
    for (const changes of [changed, ...since]) changes.set(name, row);
    later();
  };

  const read = async (): Promise<void> => {
    const news = new Map<string, Row | null>();
    since.add(news);
    try {
      const found = new Map<string, Row>();
      for (let after: string | undefined; ; ) {
        const { groups, next } = await listed(transport, { limit: pageSize, after });
        for (const row of groups) found.set(row.group, row);
        // The first rows are shown while the others are read.
        if (next === null || rows.peek() === null) rows.value = withChanges(found, news);
        if (next === null) break;
        after = next;
      }
      problem.value = null;
    } finally {
      since.delete(news);
    }
  };

  const show = (): void => {
    isWaiting = false;
    rows.value = withChanges(rows.peek() ?? new Map(), changed);
    const names = [...unknown];
    changed = new Map();
    unknown = new Set();
    if (names.length > mostRows) read().catch(() => {});
    else for (const name of names) readRow(name).catch(() => {});
  };
  const later = (): void => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(show, Math.max(gatherMs, gatherMsEach * (rows.peek()?.size ?? 0)));
  };

  const readRow = async (name: string): Promise<void> => {
    const news = new Map<string, Row | null>();
    since.add(news);
    try {
      for (let after: string | undefined; ; ) {
        // Others whose names begin so may be older, and stand before it.
        const { groups, next } = await listed(transport, { limit: pageSize, prefix: name, after });
        const row = groups.find(({ group }) => group === name);
        if (row !== undefined && isNewer(row, news.get(name))) change(name, row);
        if (row !== undefined || next === null) return;
        after = next;
      }
    } finally {
      since.delete(news);
    }
  };

  const event = (one: EventJson): void => {
    const { type, group } = one;
    const row = changed.get(group) ?? rows.peek()?.get(group);
    if (type === 'group-deleted') change(group, null);
    else if (row === undefined || row === null || type === 'group-updated') {
      unknown.add(group);
      later();
    } else if (one.round !== null) change(group, afterEvent(row, one));
  };

  const refused = (error: QuorateError): void => {
    problem.value = error;
  };
  const stop = follow({ groups: null, transport, read, event, refused });
  return { rows, problem, stop };
}

/** The rows with what has changed in them: null where a group is gone. */
function withChanges(
  rows: ReadonlyMap<string, Row>,
  changes: ReadonlyMap<string, Row | null>,
): ReadonlyMap<string, Row> {
  const next = new Map(rows);
  for (const [name, row] of changes) {
    if (row === null) next.delete(name);
    else if (isNewer(row, next.get(name))) next.set(name, row);
  }
  return next;
}

/** Whether a row is no older than what is known of its group; null: that it is gone. */
function isNewer(row: Row, known: Row | null | undefined): boolean {
  return known !== null && row.revision >= (known?.revision ?? 0);
}

async function listed(
  transport: Transport,
  query: { readonly limit: number; readonly after?: string | undefined; readonly prefix?: string },
): Promise<ListPage> {
  return (await transport.send<ListPage>({ method: 'GET', path: '/v1/groups', query })).body;
}
