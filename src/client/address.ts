/** Whether an address contains a user name or a password, so that its text must not be shown. */
export function hasUser(address: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:)?\/*[^/?#]*@/i.test(address.trim());
}

/** The server's address without query, fragment and final slash. Throws a TypeError when it is not an http address. */
export function addressOf(url: string): string {
  if (hasUser(url))
    throw new TypeError(
      'the address of a server must have no user name or password: use { token } to say who asks',
    );
  // A text with an @ may contain a password.
  const shown = url.includes('@') ? 'this' : `"${url}"`;
  const { protocol, href } = URL.canParse(url) ? new URL(url) : { protocol: '', href: '' };
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`${shown} is no http address, such as http://127.0.0.1:5000`);
  return href.replace(/[?#].*$/, '').replace(/\/+$/, '');
}
