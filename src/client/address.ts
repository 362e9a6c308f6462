/** Whether an address holds a user name or a password: such a text is for nobody's eyes. */
export function hasUser(address: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:)?\/*[^/?#]*@/i.test(address.trim());
}

/** The address of a server without what does not belong to it; a TypeError, without its text, for what is none. */
export function addressOf(url: string): string {
  if (hasUser(url))
    throw new TypeError(
      'the address of a server holds no user name or password: use { token } to say who asks',
    );
  // Where there is an @ there may be a password before it.
  const shown = url.includes('@') ? 'this' : `"${url}"`;
  const { protocol, href } = URL.canParse(url) ? new URL(url) : { protocol: '', href: '' };
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`${shown} is no http address, such as http://127.0.0.1:5000`);
  return href.replace(/[?#].*$/, '').replace(/\/+$/, '');
}
