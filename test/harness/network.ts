/**
 * The environment of a process that believes to be on this network: the addresses of each interface. What it listens on stays as it
 * is, so that callers still come over loopback.
 */
export function onNetwork(interfaces: Readonly<Record<string, readonly string[]>>): {
  readonly NODE_OPTIONS: string;
} {
  const infos = Object.entries(interfaces).map(([name, addresses]) => [
    name,
    addresses.map((address) => ({
      address,
      internal: false,
      family: address.includes(':') ? 'IPv6' : 'IPv4',
    })),
  ]);
  const script = `import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module';
    os.networkInterfaces = () => (${JSON.stringify(Object.fromEntries(infos))}); syncBuiltinESMExports();`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}
