import type { Locator } from 'playwright-core';
import { until } from '../../harness/server.ts';
import { Frame, plain } from './frame.ts';

export type Side = 'exercise' | 'quorate' | 'history';

/** The playground, and the history of a group in its diagram. */
export class PlayPage extends Frame {
  /** The query of the address, with its `?`; empty: the first chapter. */
  async open(server: string, query = ''): Promise<this> {
    await this.page.goto(`${server}/play${query}`);
    await this.page.locator('.diagram .life').first().waitFor();
    return this;
  }

  panel(side: Side): Locator {
    return this.page.locator(`section[aria-labelledby=${side}-title]`);
  }

  /** DEADLOCK, SUCCESS ...: the word beside the title of a side. */
  async standing(side: Side): Promise<string> {
    return plain(await this.panel(side).locator('.titlebar .state').textContent());
  }

  /** The whole run as it is told to a screen reader. */
  async story(side: Side): Promise<string> {
    return plain(await this.panel(side).getByRole('img').getAttribute('aria-label'));
  }

  /** The words that are drawn. */
  drawn(side: Side): Promise<string[]> {
    return this.panel(side).locator('.sheet .diagram text').allTextContents();
  }

  get player(): Locator {
    return this.page.locator('.player');
  }

  /** `step 3 of 14`. */
  async step(): Promise<string> {
    return plain(await this.player.locator('span').first().textContent());
  }

  get slider(): Locator {
    return this.player.getByRole('slider');
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  /** Presses a message by the middle of its line. */
  async pressMessage(side: Side, nth: number): Promise<void> {
    const line = this.panel(side).locator('.sheet .msg').nth(nth);
    await line.scrollIntoViewIfNeeded();
    const box = await line.boundingBox();
    if (box === null) throw new Error(`message ${nth} is not drawn`);
    await this.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  }

  /** Has many seeds counted, to the end. */
  async countSeeds(): Promise<void> {
    await this.page.locator('section[aria-labelledby=seeds] .titlebar .button').first().click();
    await this.page.locator('.count').first().waitFor();
    const status = this.page.locator('section[aria-labelledby=seeds] [role=status]').first();
    await until(120_000, async () => ((await status.innerText()) === '' ? true : undefined));
  }

  get menu(): Locator {
    return this.page.locator('.menu');
  }

  /** The number that is counted of a side, and the sentence of its interval. */
  async count(side: 'exercise' | 'quorate'): Promise<{ n: number; interval: string }> {
    const count = this.page.locator('.count').nth(side === 'exercise' ? 0 : 1);
    const n = Number((await count.locator('b').innerText()).replaceAll(',', ''));
    return { n, interval: plain(await count.locator('small').first().textContent()) };
  }
}
