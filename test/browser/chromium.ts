import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { chromiumBinary } from '../harness/tools.ts';

/** Null where there is no Chromium; chromiumBinary has said so. */
export const binary = chromiumBinary();

/** A name of this machine that is not `localhost`: for the browser a page under it is as one on http://192.168.1.20. */
export const lanHost = 'quorate.test';

const still = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
  `--host-resolver-rules=MAP ${lanHost} 127.0.0.1`,
];

export async function openChromium(): Promise<Browser> {
  if (binary === null) throw new Error('there is no Chromium');
  const env = Object.entries(binary.env).filter((one): one is [string, string] => one[1] !== undefined);
  return chromium.launch({ executablePath: binary.path, env: Object.fromEntries(env), args: still });
}

export interface Looks {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** What the browser asks for, as in BCP 47. */
  readonly locale?: string;
  /** Under the name of this machine, without a secure context. */
  readonly lan?: boolean;
  /** A browser without shared workers, as on some telephones. */
  readonly workerless?: boolean;
  /** Whether things may move. */
  readonly motion?: boolean;
}

/** One person with a browser of their own: what it keeps, its tabs, what it complained about and whom it asked. */
export class Visitor {
  /** Errors and warnings of the console, among them each breach of the policy of a page. */
  readonly complaints: string[] = [];
  readonly asked: string[] = [];
  /** Where the server is for this browser, without a slash at the end. */
  readonly server: string;
  private readonly context: BrowserContext;

  private constructor(context: BrowserContext, server: string) {
    this.context = context;
    this.server = server;
  }

  static async arrive(browser: Browser, server: string, looks: Looks = {}): Promise<Visitor> {
    const {
      width = 1280,
      height = 900,
      dark = false,
      lan = false,
      workerless = false,
      locale = 'en-GB',
      motion = false,
    } = looks;
    const context = await browser.newContext({
      viewport: { width, height },
      locale,
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: motion ? 'no-preference' : 'reduce',
    });
    if (workerless) await context.addInitScript('delete globalThis.SharedWorker');
    const address = new URL(server);
    if (lan) address.hostname = lanHost;
    return new Visitor(context, address.origin);
  }

  async tab(): Promise<Page> {
    const page = await this.context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      // Without a secure context the browser lets that header go, and says so.
      if (!message.text().startsWith('The Cross-Origin-Opener-Policy header has been ignored'))
        this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('request', (request) => this.asked.push(request.url()));
    return page;
  }

  /** Requests to others than the server. */
  strangers(): string[] {
    return this.asked.filter((url) => !url.startsWith(`${this.server}/`));
  }

  leave(): Promise<void> {
    return this.context.close();
  }
}
