import { entryVersion } from '../core/entry.ts';
import { Newcomers } from './outcomes.ts';
import type { Peers } from './peers.ts';
import type { Replica } from './replica.ts';

/**
 * Activates the newest version of entries where no older server can mind: in a log that only one server can have open, and in one
 * that has no entry yet. Elsewhere a person says when: see docs/cluster.md. Where it cannot be done now, the log stays as it is. [Q1.11]
 */
export async function activateNewest(
  replica: Pick<Replica, 'submit' | 'state'>,
  peers: Pick<Peers, 'without'> | null,
): Promise<void> {
  const { version, index } = replica.state;
  if (version >= entryVersion || (peers !== null && index > 0)) return;
  // Without space, or beside an older server, it is for a later start.
  await activate(replica, peers, entryVersion).catch(() => {});
}

/** Tries, each with a new list of servers, when another server registers between the reading of the list and the append. */
const mostTries = 5;

/**
 * Activates a version of entries. Servers that do not understand it would stop, so it throws an Error that names them if one is
 * registered when the entry is appended. [Q1.11]
 */
export async function activate(
  replica: Pick<Replica, 'submit'>,
  peers: Pick<Peers, 'without'> | null,
  version: number,
): Promise<void> {
  const refuse = (why: string): never => {
    throw new Error(`version ${version} of the log cannot begin: ${why}`);
  };
  for (let tries = 1; ; tries += 1) {
    const others = await peers?.without(version);
    const behind = version > entryVersion ? [{ server: 'this server', supported: entryVersion }] : [];
    behind.push(...(others?.servers ?? []));
    if (behind.length > 0)
      refuse(behind.map(({ server, supported }) => `${server} understands ${supported}`).join(', '));
    try {
      const command = { type: 'activate', version } as const;
      const result = await replica.submit(command, (seen) => seen, others?.asOf);
      if (!result.ok) throw new Error(result.detail);
      return;
    } catch (error) {
      if (!(error instanceof Newcomers)) throw error;
      if (tries === mostTries) refuse(`${error.message}, at each of ${tries} tries; nothing was changed`);
    }
  }
}
