import type { Locator } from 'playwright-core';
import { Frame, plain } from './frame.ts';

/** The page on which somebody votes. */
export class VotePage extends Frame {
  /** "Not sent yet", "Sending 8", "Durable at index 48,207". */
  get receipt(): Locator {
    return this.page.locator('.receipt [role=status]');
  }

  get propose(): Locator {
    return this.page.getByRole('button', { name: /^(Propose|Proponer) / });
  }

  open(server: string, group: string, more = ''): Promise<this> {
    return this.arrive(`${server}/g/${group}/vote${more}`);
  }

  /** Says who one is. */
  async takeSeat(name: string): Promise<void> {
    await this.page.getByLabel(/^(Your name|Tu nombre)$/).fill(name);
    await this.page.getByRole('button', { name: /^(Take the seat|Tomar el asiento)$/ }).click();
  }

  card(label: string): Locator {
    return this.page.locator('.cards').getByRole('radio', { name: label, exact: true });
  }

  async cards(): Promise<string[]> {
    return (await this.page.locator('.cards .card').allInnerTexts()).map(plain);
  }

  async choose(label: string): Promise<void> {
    // The radio lies under its card.
    const radio = this.page.getByRole('radio', { name: label, exact: true });
    await this.page.locator('.card').filter({ has: radio }).click();
  }

  /** Chooses, sends, and waits until it is counted. */
  async vote(label: string, note?: string): Promise<void> {
    await this.choose(label);
    if (note !== undefined) await this.page.getByLabel(/^Note/).fill(note);
    await this.propose.click();
    await this.counted();
  }

  async counted(): Promise<void> {
    await this.receipt.filter({ hasText: / (at index|en el índice) [\d,]+/ }).waitFor();
  }

  /** "2 of 5 in 3 missing: ..." */
  async turnout(): Promise<string> {
    const shown = this.page.locator('.turnout > span > b, .turnout > span:last-child');
    return plain((await shown.allInnerTexts()).join(' '));
  }
}
