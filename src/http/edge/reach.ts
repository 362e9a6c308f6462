import type { NetworkInterfaceInfo } from 'node:os';
import { isLoopbackHost } from './hosts.ts';
import { lanAddresses, listenOn } from './lan.ts';

/** Who can reach a server. */
export interface Reach {
  /** What it listens on. */
  readonly host: string;
  /** Its addresses on the local network, where it was asked to listen there. */
  readonly lan: readonly string[];
  /** Whether others than this machine can, and no token keeps them from anything, as somebody has allowed. */
  readonly isOpen: boolean;
}

export interface ReachOptions {
  readonly host?: string;
  readonly lan?: boolean;
  readonly insecureOpen?: boolean;
  readonly adminToken?: string | undefined;
  readonly adminTokenFile?: string | undefined;
}

/** Throws an Error that says how to fix the options: nobody is let in from outside by mistake. */
export function reachOf(
  options: ReachOptions,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): Reach {
  if (options.lan === true) {
    if (options.host !== undefined)
      throw new Error('--lan chooses the addresses to listen on itself: leave out --host, or --lan');
    const lan = lanAddresses(interfaces);
    return { host: listenOn(lan), lan, isOpen: false };
  }
  // Accepts the form of URLs too: [::1].
  const host = (options.host ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1');
  const hasToken = options.adminToken !== undefined || options.adminTokenFile !== undefined;
  const isOpen = !isLoopbackHost(host) && !hasToken;
  if (isOpen && options.insecureOpen !== true)
    throw new Error(
      `without tokens anyone who can reach ${host} could propose: give an administrator's token with --admin-token-file, listen on 127.0.0.1, or allow it with --insecure-open`,
    );
  return { host, lan: [], isOpen };
}
