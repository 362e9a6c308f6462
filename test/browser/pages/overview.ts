import type { Locator } from 'playwright-core';
import { Frame, plain } from './frame.ts';

/** The list of groups. */
export class Overview extends Frame {
  get search(): Locator {
    return this.page.getByRole('searchbox');
  }

  open(server: string, query = ''): Promise<this> {
    return this.arrive(`${server}/${query}`);
  }

  row(title: string): Locator {
    return this.page
      .locator('.groups > .group')
      .filter({ has: this.page.getByRole('link', { name: title }) });
  }

  /** Titles in the order on the screen. */
  async titles(): Promise<string[]> {
    return (await this.page.locator('.groups .what a').allTextContents()).map(plain);
  }

  /** Where the rows on the page stand in the whole list, as a screen reader says it. */
  async places(): Promise<{ readonly first: number; readonly last: number; readonly of: number }> {
    const rows = this.page.locator('.groups > .group');
    const number = async (row: Locator, name: string) => Number(await row.getAttribute(name));
    return {
      first: await number(rows.first(), 'aria-posinset'),
      last: await number(rows.last(), 'aria-posinset'),
      of: await number(rows.first(), 'aria-setsize'),
    };
  }

  async show(which: string): Promise<void> {
    await this.page.locator('.choice label').filter({ hasText: which }).click();
  }
}
