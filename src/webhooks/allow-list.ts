import ipaddr from 'ipaddr.js';

/**
 * Where webhooks may go. An entry is a host name, `*.example.com` (all names below it), `*` (any name), an address, or a network
 * such as `10.0.0.0/8`; each with a port, `:*` for any, or without: then it is the scheme's own, 80 or 443. What a name stands for
 * must be a public address, unless an entry holds that very address. [Q11.12]
 */
export interface AllowList {
  /** Why nothing may be sent to this URL, or null. Says nothing of the addresses that its name stands for. */
  refusalOfUrl(url: URL): string | null;
  /** Whether a connection may be made to this address, which the name of the URL stands for. */
  allowsAddress(address: string, url: URL): boolean;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

interface Entry {
  /** Null: a network. */
  readonly name: string | null;
  readonly network: [Address, number] | null;
  /** 0: any. Null: that of the scheme. */
  readonly port: number | null;
}

/** Throws an Error for an entry that is none. */
export function allowListOf(texts: readonly string[]): AllowList {
  const entries = texts.flatMap((text) => text.split(',')).map((text) => entryIn(text.trim()));
  const holds = (address: Address, url: URL): boolean =>
    entries.some(({ network, port }) => network !== null && isIn(address, network) && isPort(port, url));
  return {
    refusalOfUrl(url) {
      const host = hostOf(url);
      const address = addressIn(host);
      const isListed =
        address === null
          ? entries.some(({ name, port }) => name !== null && isNamed(host, name) && isPort(port, url))
          : holds(address, url);
      if (isListed) return null;
      return `${url.hostname} with port ${portOf(url)} is not among what --webhook-allow lists`;
    },
    allowsAddress(text, url) {
      const address = addressIn(text);
      return address !== null && (isPublic(address) || holds(address, url));
    },
  };
}

/** The host of a URL, an IPv6 address without its brackets, a name without the dot at its end. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function isPort(wanted: number | null, url: URL): boolean {
  return wanted === null ? url.port === '' : wanted === 0 || wanted === portOf(url);
}

function isNamed(host: string, name: string): boolean {
  if (name === '*') return true;
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name;
}

/** An address, IPv4 inside IPv6 as IPv4; null for what is none. */
function addressIn(text: string): Address | null {
  return ipaddr.isValid(text) && (text.includes(':') || ipaddr.IPv4.isValidFourPartDecimal(text))
    ? ipaddr.process(text)
    : null;
}

/** Where machines at Azure ask about themselves; it looks public. */
const azureHost = '168.63.129.16';

/** Whether an address is one of the public Internet: not this machine, a private network, or set aside for anything else. */
function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || address.toString() === azureHost) return false;
  // Only this eighth of IPv6 is given out: addresses in the rest may mean an IPv4 address, or a site's own.
  return address.kind() === 'ipv4' || (address.toByteArray()[0] as number) >> 5 === 1;
}

function isIn(address: Address, [network, bits]: [Address, number]): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

function entryIn(text: string): Entry {
  const bad = new Error(
    `${JSON.stringify(text)} is nothing that --webhook-allow could list: write a host name, *.example.com, *, an address or a network such as 10.0.0.0/8, each with a port or without, as in hooks.example.com:8443 or [fd00::/8]:*`,
  );
  const found = /^(?:\[([0-9a-f:./]+)\]|([^:[\]]+))(?::(\d{1,5}|\*))?$/i.exec(text);
  // Several colons and no bracket: an IPv6 address or network, without a port.
  const host = (found === null ? text : (found[1] ?? found[2] ?? '')).toLowerCase();
  const written = found?.[3];
  const port = written === undefined ? null : written === '*' ? 0 : Number(written);
  if (port !== null && (port > 65_535 || written === '0')) throw bad;
  const network = networkIn(host);
  if (network !== null) return { name: null, network, port };
  const isName = found?.[1] === undefined && /^(?:\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)$/.test(host);
  // A name that ends in a number would be read as an address by URLs.
  if (found === null || !isName || /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/.test(host)) throw bad;
  return { name: host.replace(/\.$/, ''), network: null, port };
}

function networkIn(host: string): [Address, number] | null {
  const [text = '', bits, ...rest] = host.split('/');
  const address = addressIn(text);
  if (address === null || rest.length > 0) return null;
  const longest = address.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [address, longest];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= longest ? [address, Number(bits)] : null;
}
