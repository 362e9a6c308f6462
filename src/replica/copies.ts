/** Texts remembered; beyond it all are forgotten. */
const remembered = 10_000;

/**
 * Texts with memory of their own, each held once. A text that was cut out of a longer one, such as a name in a URL, keeps all
 * of that one in memory for as long as it is kept itself.
 */
export class Copies {
  private readonly known = new Map<string, string>();

  /** A copy of a text; null for one that has characters beyond U+00FF, which are not copied here. */
  of(text: string): string | null {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const copy = Buffer.from(text, 'latin1').toString('latin1');
    if (copy !== text) return null;
    if (this.known.size >= remembered) this.known.clear();
    this.known.set(copy, copy);
    return copy;
  }
}
