/** The path below which a server answers for those who come through a proxy: '' or such as `/q`, without a slash at its end. */
export type BasePath = '' | `/${string}`;

/**
 * Names that the server's own paths begin with. A base path with one of them could not be told from those: is `/v1/groups`
 * below `/v1`, or is the `/v1` of the proxy gone already?
 */
export const ownNames: ReadonlySet<string> = new Set([
  ...['v1', 'g', 'new', 'play', 'cluster', 'assets', 'docs', 'openapi.json', 'mcp'],
  ...['number', 'state', 'healthz', 'readyz', 'metrics'],
]);

/** The base path that a text names; a slash at its end does not count. Throws an Error when it is none. */
export function basePathIn(text: string): BasePath {
  const path = text.replace(/\/+$/, '');
  if (path === '') return '';
  const names = path.slice(1).split('/');
  if (!/^(?:\/[a-z0-9._~-]+)+$/i.test(path) || names.some((name) => /^\.+$/.test(name)))
    throw new Error(
      `${JSON.stringify(text)} is no base path: write it as /quorate or /tools/quorate, of letters, digits and . _ ~ -`,
    );
  const own = names.find((name) => ownNames.has(name));
  if (own !== undefined)
    throw new Error(
      `the base path must not hold /${own}, with which paths of the server itself begin: choose another`,
    );
  return path as BasePath;
}

/**
 * The address of a request without the base path. A proxy may have taken that away already, as health checks that come past the proxy
 * never had it: both are the same request.
 */
export function withoutBase(base: BasePath, url: string | undefined): string | undefined {
  return base !== '' && url?.startsWith(`${base}/`) ? url.slice(base.length) : url;
}
