import { isIP, isIPv4, isIPv6 } from 'node:net';

/**
 * The names this server answers to. A web page whose own name is made to point at this machine (DNS rebinding)
 * is recognised by the Host that its browser sends, which the page cannot choose.
 */
export interface Hosts {
  /** Whether a Host header, with or without a port, names this server. `localAddress`: where the connection arrived. */
  allows(header: string, localAddress: string | undefined): boolean;
}

/** What to answer to, besides this machine's own names for itself. */
export interface HostOptions {
  /** Address or name that the server listens on. */
  readonly listen: string;
  /** Further names, as given with --allow-host. */
  readonly allow: readonly string[];
}

/** Headers remembered as allowed: a caller sends the same one again and again. */
const remembered = 1000;

/** Throws an Error when a name to allow is none. */
export function allowedHosts({ listen, allow }: HostOptions): Hosts {
  const names = new Set(['localhost', normal(listen) ?? listen.toLowerCase()]);
  for (const name of allow) {
    const host = hostIn(name);
    if (host === null) throw new Error(`${JSON.stringify(name)} is no host name that could be allowed`);
    names.add(host);
  }
  // Beyond loopback a caller may use whichever address of this machine it reached.
  const everywhere = !isLoopbackHost(normal(listen) ?? listen);
  const known = new Set<string>();
  return {
    allows(header, localAddress) {
      if (known.has(header)) return true;
      const host = hostIn(header);
      if (host === null) return false;
      const mine = everywhere && localAddress !== undefined && host === normal(localAddress);
      if (!names.has(host) && !isLoopbackHost(host) && !mine) return false;
      if (known.size >= remembered) known.clear();
      known.add(header);
      return true;
    },
  };
}

/** The host of `name`, `name:port`, `1.2.3.4:port` or `[v6]:port` in its normal form; null when it is none of these. */
export function hostIn(header: string): string | null {
  if (header.length > 300) return null;
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(header);
  if (found === null) return isIPv6(header) ? normal(header) : null;
  const [, v6, name = '', port] = found;
  if (port !== undefined && Number(port) > 65_535) return null;
  if (v6 !== undefined) return isIPv6(v6) ? normal(v6) : null;
  const host = name.toLowerCase().replace(/\.$/, '');
  return host === '' || host.startsWith('.') ? null : host;
}

/** An address in its one normal form, IPv4 inside IPv6 as IPv4; null when it is no address. */
function normal(address: string): string | null {
  const bare = address.replace(/%.*$/, '');
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return null;
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((half) => [half >> 8, half & 255]).join('.');
}

/** localhost, 127.0.0.0/8 or ::1. */
export function isLoopbackHost(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost';
  const address = normal(host);
  return address === '::1' || address?.startsWith('127.') === true;
}

/** The caller that an address counts as: one IPv4 address, or the /64 network that one IPv6 caller usually has. */
export function callerAddress(address: string | undefined): string {
  const plain = normal(address ?? '') ?? '';
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
