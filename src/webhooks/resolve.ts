import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type AllowList, hostOf } from './allow-list.ts';

/** All addresses that a name stands for. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/**
 * Asks the system, for one name at a time: each takes a thread of which there are two, and connections to etcd need one. A name
 * whose server does not answer lets the others wait, for as long as the system tries.
 */
export function systemResolver(): Resolve {
  let last: Promise<unknown> = Promise.resolve();
  return (name) => {
    const found = last.then(() => lookup(name, { all: true, verbatim: true }));
    last = found.catch(() => {});
    return found.then((all) => all.map(({ address }) => address));
  };
}

/** Why no attempt could be made, in words for the manager of the webhook. */
export class NotSent extends Error {}

/** The addresses to connect to for a URL, each of which is allowed. Rejects with NotSent. */
export async function allowedAddresses(
  url: URL,
  allowed: AllowList,
  resolve: Resolve,
): Promise<readonly string[]> {
  const refused = allowed.refusalOfUrl(url);
  if (refused !== null) throw new NotSent(refused);
  const host = hostOf(url);
  // An address was looked for in the list itself.
  if (isIP(host) !== 0) return [host];
  const addresses = await resolve(host).catch(() => []);
  const isAllowed = (address: string): boolean => allowed.allowsAddress(address, url);
  // One answer for a name that does not exist and for one of an inner network: it tells nobody which names there are inside.
  if (addresses.length === 0 || !addresses.every(isAllowed))
    throw new NotSent('the name has no address, or one that is neither public nor listed for webhooks');
  return addresses;
}
