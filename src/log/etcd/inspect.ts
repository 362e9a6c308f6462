import { type CertificateTrouble, troubleWith } from '../../certificates.ts';
import type { RegisteredServer } from '../log.ts';
import { EtcdClient } from './client.ts';
import { EtcdError } from './errors.ts';
import { KeyLayout, text } from './key-layout.ts';
import { methods } from './messages.ts';
import { parseEtcdUrl } from './options.ts';
import { registeredServers } from './registration.ts';

/** A log in etcd and its cluster, as seen without opening it. */
export interface EtcdInspection {
  /** What is wrong with the certificates that the address names; null when nothing is. */
  readonly certificates: CertificateTrouble | null;
  readonly members: readonly {
    readonly endpoint: string;
    /** Null when it does not answer. */
    readonly version: string | null;
    readonly bytesInUse: number;
    /** Why it does not answer, or what it says is wrong with it or the cluster. */
    readonly errors: readonly string[];
  }[];
  /** The log, null when there is none yet, or the error of reading it, which needs a majority and the right to read. */
  readonly log:
    | {
        readonly id: string | null;
        readonly head: number;
        /** The servers that are registered now. */
        readonly servers: readonly RegisteredServer[];
      }
    | null
    | EtcdError;
}

/** Only reads. Throws an Error for an address or files that cannot be used. */
export async function inspectEtcd(url: string): Promise<EtcdInspection> {
  const options = parseEtcdUrl(url);
  const client = new EtcdClient(options);
  try {
    const members = options.endpoints.map(async (endpoint) => {
      const one = new EtcdClient({ ...options, endpoints: [endpoint], login: null });
      try {
        const { version, dbSizeInUse: bytesInUse, errors } = await one.call(methods.status, {});
        return { endpoint, version, bytesInUse, errors };
      } catch (error) {
        return { endpoint, version: null, bytesInUse: 0, errors: [(error as Error).message] };
      } finally {
        one.close();
      }
    });
    const certificates = client.certificates && troubleWith(client.certificates.current);
    return {
      certificates,
      members: await Promise.all(members),
      log: await logOf(client, new KeyLayout(options.prefix)),
    };
  } finally {
    client.close();
  }
}

async function logOf(client: EtcdClient, keys: KeyLayout): Promise<EtcdInspection['log']> {
  try {
    const [name, newest, servers] = await Promise.all([
      client.repeat(methods.range, { key: keys.meta }),
      client.repeat(methods.range, { key: keys.head }),
      registeredServers(client, keys),
    ]);
    const [kv] = name.kvs;
    const index = newest.kvs[0]?.version ?? 0;
    if (kv === undefined && index === 0) return null;
    const id = kv === undefined ? null : (JSON.parse(text(kv.value)) as { id: string }).id;
    return { id, head: index, servers: servers.servers };
  } catch (error) {
    if (error instanceof EtcdError) return error;
    throw error;
  }
}
