import { BlockList, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { hostIn } from './hosts.ts';

/** Where a server is on the local network, and who is not on it. */

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

const privateNetworks = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  privateNetworks.addSubnet(network, bits, 'ipv4');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const isIn = (list: BlockList, address: string): boolean =>
  list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

/** Interfaces of containers, virtual machines and tunnels: the phones of a room are not there. */
const virtual = /^(?:docker|br-|veth|virbr|vbox|vmnet|tun|tap|utun|wg|zt|tailscale|podman|cni)/;

/**
 * Addresses of this machine that others on the local network reach it at, the likeliest first: private IPv4 addresses or, where there is
 * none, private IPv6 ones. Throws an Error where there are neither.
 */
export function lanAddresses(interfaces: Interfaces): readonly string[] {
  const outside = Object.entries(interfaces)
    .flatMap(([name, infos = []]) => infos.map((info) => ({ ...info, isVirtual: virtual.test(name) })))
    .filter(({ internal }) => !internal);
  const own = outside.filter(({ address }) => isIn(privateNetworks, address));
  const ipv4 = own.filter(({ family }) => family === 'IPv4');
  const found = (ipv4.length > 0 ? ipv4 : own).sort((a, b) => Number(a.isVirtual) - Number(b.isVirtual));
  if (found.length > 0) return found.map(({ address }) => address);
  const open = outside.find(({ family }) => family === 'IPv4')?.address;
  throw new Error(
    open === undefined
      ? 'this machine is on no network: join one (a Wi-Fi, a cable, the hotspot of a phone), then start again'
      : `this machine has no address on a local network, only ${open}, which may be open to the whole Internet: join one, or say that you mean it with --host ${open} --insecure-open`,
  );
}

/** Whether a connection that arrived at this address of the machine came over loopback or the local network. */
export function isOnLan(localAddress: string | undefined): boolean {
  return localAddress !== undefined && (isIn(loopback, localAddress) || isIn(privateNetworks, localAddress));
}

/** What a server listens on to be reached at these addresses and over loopback: everything, since one server has one address. */
export function listenOn([address = '']: readonly string[]): string {
  return address.includes(':') ? '::' : '0.0.0.0';
}

/** The hosts of requests over the local network: these addresses, and the machine's own name, which routers and phones know. */
export function lanNames(addresses: readonly string[], hostname: string): readonly string[] {
  return [...addresses, hostname, `${hostname}.local`].filter((name) => hostIn(name) !== null);
}
