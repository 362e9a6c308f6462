import type { Locator } from 'playwright-core';
import { Frame, plain } from './frame.ts';

/** The page of a group. */
export class GroupPage extends Frame {
  open(server: string, group: string): Promise<this> {
    return this.arrive(`${server}/g/${group}`);
  }

  /** Each seat as a screen reader says it, by name. */
  async seats(): Promise<Record<string, string>> {
    const seats = await this.page.getByRole('listitem').and(this.page.locator('.seat')).all();
    const said = await Promise.all(
      seats.map(async (seat) => [
        plain(await seat.locator('.name').textContent()),
        plain(await seat.innerText()),
      ]),
    );
    return Object.fromEntries(said);
  }

  /** The sentence that stands for the bars. */
  async tally(): Promise<string> {
    return plain(await this.page.locator('.tally[role=img]').getAttribute('aria-label'));
  }

  /** What is said of each part of a mixed electorate: how far it is, and the sentence for its bars. */
  async parts(): Promise<string[]> {
    const parts = await this.page.locator('.onepart').all();
    return Promise.all(
      parts.map(async (part) => {
        const head = plain(await part.locator('h3').textContent());
        const bars = part.locator('.tally[role=img]');
        const said = (await bars.count()) === 0 ? [] : [plain(await bars.getAttribute('aria-label'))];
        return [head, ...said].join('. ');
      }),
    );
  }

  /** The rows of the table of proposals, after choosing it. */
  async table(): Promise<string[][]> {
    await this.page.getByText('Table', { exact: true }).click();
    const rows = await this.page.locator('.astable tbody tr').all();
    return Promise.all(rows.map(async (row) => (await row.locator('th, td').allInnerTexts()).map(plain)));
  }

  /** The strip of rounds: number, state and reason or value of each. */
  async rounds(): Promise<string[]> {
    const links = await this.page.locator('.rounds a').allTextContents();
    return links.map(plain);
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }
}
