/** A token, key or name that no header of HTTP can hold. */
export class CannotBeSent extends TypeError {}

/**
 * Throws `CannotBeSent` unless each is one line in Latin letters; a line's end behind it is not sent. Whatever sends them would say
 * so too, with the secret in its words, and as if no server had answered.
 */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers))
    if (!/^[\t -~\u0080-\u00ff]*$/.test(value.trim()))
      throw new CannotBeSent(`what is sent as ${name} must be one line of plain text`);
}
