import type { Locator, Page } from 'playwright-core';

/** What every page has. Finds things as people do: by role and by word. */
export class Frame {
  readonly page: Page;
  /** What the page says in large: "3 of 5 in", "Agreed on 8". */
  readonly big: Locator;
  /** The same as one hears it: the page's one status. */
  readonly spoken: Locator;
  /** "live", or since when there is no contact. */
  readonly contact: Locator;
  readonly alert: Locator;

  constructor(page: Page) {
    this.page = page;
    this.big = page.locator('.head .big');
    this.spoken = page.locator('.head [role=status], .turnout [role=status]');
    this.contact = page.locator('.contact');
    this.alert = page.getByRole('alert');
  }

  /** Waits until the page shows what the server says. */
  protected async arrive(address: string): Promise<this> {
    await this.page.goto(address);
    await this.live();
    return this;
  }

  async live(): Promise<void> {
    await this.contact.filter({ hasText: /^(live|en vivo)/ }).waitFor();
  }

  /** How far the log is, as the page says. */
  async index(): Promise<number> {
    const text = await this.contact.locator('.index').innerText();
    return Number(text.replace(/\D/g, ''));
  }

  /** WAITING, SUCCESS or FAILED: as a word. */
  async state(): Promise<string> {
    return plain(await this.page.locator('.head .state').textContent());
  }

  /** Gives the page a token, where it asks for one. */
  async giveToken(token: string): Promise<void> {
    await this.page.getByLabel(/^Administrator's token/).fill(token);
    await this.page.getByRole('button', { name: 'Use the token' }).click();
  }

  async forgetToken(): Promise<void> {
    await this.page.getByRole('button', { name: 'Forget the token' }).click();
  }

  /** How far the page is wider than the window, px: 0 where nothing has to be moved sideways. */
  async overhang(): Promise<number> {
    return Number(
      await this.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
    );
  }
}

/** A text as people read it: on one line. */
export function plain(text: string | null): string {
  return (text ?? '').replace(/\s+/g, ' ').trim();
}
