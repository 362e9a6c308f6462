import { type CertificateTrouble, troubleWith } from '../../certificates.ts';
import { EtcdClient, EtcdError } from './client.ts';
import { KeyLayout, text } from './key-layout.ts';
import { methods } from './messages.ts';
import { parseEtcdUrl } from './options.ts';

/** What can be seen of a log in etcd, and of the cluster under it, without opening it. */
export interface EtcdInspection {
  /** Of the certificates that the address names. */
  readonly certificates: CertificateTrouble | null;
  readonly members: readonly {
    readonly endpoint: string;
    /** Null where it does not answer. */
    readonly version: string | null;
    readonly bytesInUse: number;
    /** Why it does not answer, or what it says is wrong with it or the cluster. */
    readonly errors: readonly string[];
  }[];
  /** A read that takes a majority and, where etcd has users, the right to read: the log, null where there is none yet. */
  readonly log: { readonly id: string | null; readonly head: number } | null | EtcdError;
}

/** Changes nothing. Throws an Error for an address that cannot be read, or files that cannot be used. */
export async function inspectEtcd(url: string): Promise<EtcdInspection> {
  const options = parseEtcdUrl(url);
  const client = await EtcdClient.create(options);
  try {
    const members = options.endpoints.map(async (endpoint) => {
      const one = await EtcdClient.create({ ...options, endpoints: [endpoint], login: null });
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

async function logOf(client: EtcdClient, { meta, head }: KeyLayout): Promise<EtcdInspection['log']> {
  try {
    const [name, newest] = await Promise.all([
      client.repeat(methods.range, { key: meta }),
      client.repeat(methods.range, { key: head }),
    ]);
    const [kv] = name.kvs;
    const index = newest.kvs[0]?.version ?? 0;
    if (kv === undefined && index === 0) return null;
    return { id: kv === undefined ? null : (JSON.parse(text(kv.value)) as { id: string }).id, head: index };
  } catch (error) {
    if (error instanceof EtcdError) return error;
    throw error;
  }
}
