import { randomBytes } from 'node:crypto';
import { LogFailure } from '../log.ts';
import type { EtcdClient } from './client.ts';
import { type Keys, text, utf8 } from './keys.ts';
import { methods, when } from './messages.ts';

/** The layout of keys that this release writes. */
const layout = 1;

export interface Identity {
  readonly id: string;
  /** The revision that wrote it; another one means another history under the same prefix. */
  readonly revision: number;
}

/** Reads the identity of the log, or gives it one: of several servers that try, one does. */
export async function adoptIdentity(client: EtcdClient, keys: Keys, within: number): Promise<Identity> {
  const made = { id: randomBytes(16).toString('hex'), layout };
  const reply = await client.repeat(
    methods.txn,
    {
      compare: [when.version(keys.meta, 0)],
      success: [{ put: { key: keys.meta, value: utf8(JSON.stringify(made)) } }],
      failure: [{ range: { key: keys.meta } }],
    },
    within,
  );
  if (reply.succeeded) return { id: made.id, revision: reply.header.revision };
  const kv = reply.responses[0]?.range?.kvs[0];
  const found = readMeta(kv ? text(kv.value) : '');
  if (!kv || !found) throw new LogFailure(`etcd: ${text(keys.meta)} does not describe a log`);
  if (found.layout !== layout) {
    throw new LogFailure(`etcd: this log has layout ${found.layout}; this release knows ${layout}`);
  }
  return { id: found.id, revision: kv.modRevision };
}

function readMeta(json: string): { id: string; layout: number } | null {
  try {
    const { id, layout } = JSON.parse(json);
    return typeof id === 'string' && typeof layout === 'number' ? { id, layout } : null;
  } catch {
    return null;
  }
}
