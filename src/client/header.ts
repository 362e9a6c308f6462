/** Whether a header of HTTP can hold this text: one line, in Latin letters. A line's end behind it is not sent. */
export function fitsHeader(text: string): boolean {
  return /^[\t -~\u0080-\u00ff]*$/.test(text.trim());
}
