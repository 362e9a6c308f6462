import type { Page } from 'playwright-core';
import { Frame, plain } from './frame.ts';

/** The wall of a group. It has no frame: contact stands on it only where there is none. */
export class Wall extends Frame {
  override readonly big = this.page.locator('.wall .big[role=status]');

  constructor(page: Page) {
    super(page);
  }

  open(server: string, group: string): Promise<this> {
    return this.arrive(`${server}/g/${group}?view=wall`);
  }

  override live(): Promise<void> {
    return this.big.waitFor();
  }

  override async state(): Promise<string> {
    return plain(await this.page.locator('.wall .state').textContent());
  }

  /** Each token as it is read: "ann in", "cy missing", "ann 8". */
  async tokens(): Promise<string[]> {
    return (await this.page.locator('.token').allInnerTexts()).map(plain);
  }

  async foot(): Promise<string> {
    return plain(await this.page.locator('.foot').innerText());
  }

  async address(): Promise<string> {
    return plain(await this.page.locator('.scan b').textContent());
  }
}
