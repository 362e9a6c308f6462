import type { Locator } from 'playwright-core';
import { Frame, plain } from './frame.ts';

/** The page on which somebody makes a group. */
export class NewPage extends Frame {
  open(server: string, query = ''): Promise<this> {
    return this.arrive(`${server}/new${query}`);
  }

  get create(): Locator {
    return this.page.getByRole('button', { name: /^(Create group|Crear grupo)$/ });
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true });
  }

  /** One of several that are all to be seen: a preset, who votes, what is shown. */
  async choose(label: string): Promise<void> {
    // The radio lies under its card.
    await this.page.locator('label').filter({ hasText: label }).first().click();
  }

  /** Labels of the fields that are marked as wrong, and below each what a screen reader is told of it. */
  async wrong(): Promise<Record<string, string>> {
    const fields = await this.page.locator('[aria-invalid=true]').all();
    const said = fields.map(async (field) => {
      const id = await field.getAttribute('id');
      const label =
        (await field.getAttribute('aria-label')) ??
        (await this.page.locator(`label[for="${id}"]`).innerText());
      const about = ((await field.getAttribute('aria-describedby')) ?? '')
        .split(' ')
        .map((one) => `[id="${one}"]`);
      return [label, plain((await this.page.locator(about.join()).allInnerTexts()).join(' '))];
    });
    return Object.fromEntries(await Promise.all(said));
  }

  /** The sentences of the rule. */
  async inWords(): Promise<string[]> {
    return (await this.page.locator('.words li').allInnerTexts()).map(plain);
  }

  /** The command and the curl line. */
  async lines(): Promise<string[]> {
    return this.page.locator('.rail .code code').allTextContents();
  }
}
