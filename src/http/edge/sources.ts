import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';
import { callerAddress, hostIn, isLoopbackHost } from './hosts.ts';

/** Where a request comes from. */
interface Source {
  /** Whom limits by address count it for: see `callerAddress`. */
  readonly address: string;
  /** Whether it comes from this machine, and not through a proxy on it. */
  readonly local: boolean;
}

/** Tells callers apart by where they are, also those behind a proxy. */
export interface Sources {
  of(request: IncomingMessage): Source;
  /** Whether a connection from this address brings requests of many callers. */
  isProxy(address: string | undefined): boolean;
}

/** The addresses that `loopback` means. */
const onThisMachine = ['127.0.0.0/8', '::1'] as const;

/**
 * `proxies`: addresses and networks (`10.0.0.0/8`) that are trusted to say where their callers are; `loopback` is this machine.
 * Otherwise the address is that of the connection: all callers of a proxy that is not
 * trusted count as one, and never as local. Throws an Error for what is no address.
 */
export function sourcesBehind(proxies: readonly string[]): Sources {
  const trusted = new BlockList();
  for (const text of proxies.flatMap((name) => (name === 'loopback' ? onThisMachine : [name])))
    trust(trusted, text);
  const isProxy = (address: string | undefined): boolean =>
    proxies.length > 0 && address !== undefined && trusted.check(address, familyOf(address));
  // Connections send one request after the other.
  const peers = new WeakMap<Socket, Source>();
  const peerOf = (socket: Socket): Source => {
    let peer = peers.get(socket);
    if (peer === undefined) {
      const address = callerAddress(socket.remoteAddress);
      peer = { address, local: isLoopbackHost(socket.remoteAddress ?? '') };
      peers.set(socket, peer);
    }
    return peer;
  };
  // Callers send the same Host with every request.
  let last: { readonly host: string | undefined; readonly isMine: boolean } = {
    host: undefined,
    isMine: true,
  };
  const namesThis = (host: string | undefined): boolean => {
    if (host !== last.host) last = { host, isMine: namesThisMachine(host) };
    return last.isMine;
  };
  return {
    isProxy,
    of({ headers, socket }) {
      const peer = peerOf(socket);
      if (headers['x-forwarded-for'] === undefined && headers.forwarded === undefined)
        return !peer.local || namesThis(headers.host) ? peer : { ...peer, local: false };
      if (!isProxy(socket.remoteAddress)) return { ...peer, local: false };
      const first = hopsOf(headers).findLast((hop) => !isProxy(hop));
      // A proxy may hide its callers: then they all count as one.
      return { address: first === undefined ? peer.address : callerAddress(first), local: false };
    },
  };
}

function trust(trusted: BlockList, text: string): void {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = isIP(address) === 6 ? 128 : 32;
  const known = isIP(address) !== 0 && rest.length === 0;
  if (!known || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= longest)))
    throw new Error(
      `${JSON.stringify(text)} is no proxy that could be trusted: write an address, a network such as 10.0.0.0/8, or loopback`,
    );
  trusted.addSubnet(address, bits === undefined ? longest : Number(bits), familyOf(address));
}

/**
 * The addresses a request came through, as proxies added them, nearest last; undefined for a hop that is none. Where both headers
 * are there, X-Forwarded-For counts: most proxies set only that one, and pass on whatever a caller wrote into the other.
 */
function hopsOf(headers: IncomingMessage['headers']): readonly (string | undefined)[] {
  const list = headers['x-forwarded-for'];
  if (list !== undefined) return String(list).split(',').map(addressIn);
  return (headers.forwarded ?? '')
    .split(',')
    .map((hop) => addressIn(/(?:^|;)\s*for="?([^";]*)"?/i.exec(hop)?.[1] ?? ''));
}

/** `1.2.3.4`, `1.2.3.4:80`, `::1` or `[::1]:80` without its port; undefined for what is no address. */
function addressIn(text: string): string | undefined {
  const host = hostIn(text.trim());
  return host !== null && isIP(host) !== 0 ? host : undefined;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** Whether a Host names this machine. A proxy that says nothing of its callers still mostly passes on the Host they sent. */
function namesThisMachine(host: string | undefined): boolean {
  return host === undefined || host.startsWith('localhost:') || isLoopbackHost(hostIn(host) ?? '');
}
