import { randomBytes } from 'node:crypto';
import { LogFailure, NewerLog } from '../log.ts';
import type { EtcdClient } from './client.ts';
import { type KeyLayout, text, utf8 } from './key-layout.ts';
import { methods, when } from './messages.ts';

/** Version of the layout of keys that this release writes. */
const layout = 1;

export interface Identity {
  readonly id: string;
  /** The record as it is in etcd; other bytes mean another log under the same prefix. */
  readonly bytes: Uint8Array;
}

/** Reads the identity of the log, or creates it. Of several servers that try at once, one creates it. */
export async function adoptIdentity(client: EtcdClient, keys: KeyLayout, within: number): Promise<Identity> {
  // A full database takes no write, not even one whose condition does not hold.
  const { kvs } = await client.repeat(methods.range, { key: keys.meta }, within);
  const bytes = kvs[0]?.value ?? (await create(client, keys, within));
  const found = readMeta(text(bytes));
  if (!found) throw new LogFailure(`etcd: ${text(keys.meta)} does not describe a log`);
  if (found.layout !== layout) {
    throw new NewerLog(`etcd: this log has layout ${found.layout}; this release knows ${layout}`);
  }
  return { id: found.id, bytes };
}

async function create(client: EtcdClient, keys: KeyLayout, within: number): Promise<Uint8Array> {
  const made = utf8(JSON.stringify({ id: randomBytes(16).toString('hex'), layout }));
  const reply = await client.repeat(
    methods.txn,
    {
      compare: [when.version(keys.meta, 0)],
      success: [{ put: { key: keys.meta, value: made } }],
      failure: [{ range: { key: keys.meta } }],
    },
    within,
  );
  return reply.succeeded ? made : (reply.responses[0]?.range?.kvs[0]?.value ?? new Uint8Array());
}

function readMeta(json: string): { id: string; layout: number } | null {
  try {
    const { id, layout } = JSON.parse(json);
    return typeof id === 'string' && typeof layout === 'number' ? { id, layout } : null;
  } catch {
    return null;
  }
}
