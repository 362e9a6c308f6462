import type { Locator } from 'playwright-core';
import { Frame, plain } from './frame.ts';

/** The page of the cluster. */
export class ClusterPage extends Frame {
  open(server: string): Promise<this> {
    return this.arrive(`${server}/cluster`);
  }

  /** On a demo, by the address that it has given. */
  openDemo(page: string): Promise<this> {
    return this.arrive(page);
  }

  /** Rows of the table of servers, by name: state, index, lag, streams, votes a second. */
  servers(): Promise<Record<string, string[]>> {
    return this.rows('servers');
  }

  /** Rows of the table of members, by name: role and term. */
  members(): Promise<Record<string, string[]>> {
    return this.rows('members');
  }

  /** The sentences on the last minute. */
  async pace(): Promise<string> {
    return plain(await this.part('pace').innerText());
  }

  /** The index of the log, as a number. */
  async logIndex(): Promise<number> {
    return Number(plain(await this.page.locator('.head .clock b').textContent()).replace(/\D/g, ''));
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  private part(id: string): Locator {
    return this.page.locator(`section[aria-labelledby=${id}]`);
  }

  private async rows(id: string): Promise<Record<string, string[]>> {
    const rows = await this.part(id).locator('tbody tr').all();
    const texts = await Promise.all(
      rows.map(async (row) => (await row.locator('th, td').allTextContents()).map(plain)),
    );
    return Object.fromEntries(texts.map(([name = '', ...rest]) => [name, rest]));
  }
}
