import { spawn } from 'node:child_process';

/** How long a program that opens pages may run before that counts as opened, ms: some stay for as long as the browser does. */
const patienceMs = 3000;

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/**
 * The command that opens an address on this machine; null where there is nothing to open it in. `BROWSER` names another: a command in
 * which `%s` stands for the address, or that gets it as its last argument; `none` is no browser at all.
 */
export function openerOf(
  url: string,
  { env, platform }: Surroundings = process,
): readonly [program: string, ...args: string[]] | null {
  const [program, ...args] = (env.BROWSER ?? '').split(/\s+/).filter(Boolean);
  if (program === 'none') return null;
  if (program !== undefined) {
    const filled = args.map((arg) => arg.replaceAll('%s', url));
    return [program, ...filled, ...(args.some((arg) => arg.includes('%s')) ? [] : [url])];
  }
  if (platform === 'darwin') return ['open', url];
  // For start, the first text in quotes is the title of a window.
  if (platform === 'win32') return ['cmd', '/c', 'start', '""', url.replaceAll('&', '^&')];
  // Without a screen it would find a browser for the terminal, or none.
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open', url] : null;
}

/** Opens the address in the reader's browser. Resolves with whether it could: it never fails. */
export function openBrowser(url: string): Promise<boolean> {
  const opener = openerOf(url);
  if (opener === null) return Promise.resolve(false);
  const [program, ...args] = opener;
  return new Promise((resolve) => {
    // Not of our group: Ctrl-C ends the demo, not the browser.
    const child = spawn(program, args, { detached: true, stdio: 'ignore' });
    const patience = setTimeout(() => resolve(true), patienceMs);
    const end = (isOpen: boolean): void => {
      clearTimeout(patience);
      resolve(isOpen);
    };
    child.once('error', () => end(false));
    child.once('exit', (code) => end(code === 0));
    child.unref();
  });
}
