import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder, until } from './server.ts';

/** A real nginx in front of a server of the test. */
export interface Nginx {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** The samples of docs/operate.md: for a host of its own, and the location below a path. */
export function nginxSamples(): { readonly whole: string; readonly below: string } {
  const page = readFileSync('docs/operate.md', 'utf8');
  const [whole = '', below = ''] = [...page.matchAll(/```nginx\n([\s\S]*?)```/g)].map(
    ([, text = '']) => text,
  );
  return { whole, below };
}

/** The sample for a host of its own, with another location in it. */
export function withLocation(whole: string, location: string): string {
  return replaced(whole, /^ {2}location \/ \{[\s\S]*?^ {2}\}\n/m, location);
}

/** The text with what a pattern finds replaced. Throws when it finds nothing: the sample has changed. */
export function replaced(text: string, found: string | RegExp, by: string): string {
  const made = text.replace(found, by);
  if (made === text) throw new Error(`the sample of docs/operate.md has no ${found}`);
  return made;
}

/** Starts nginx, its program being `path`, with a sample that leads to this port of 127.0.0.1. Resolves when it answers. */
export async function startNginx(path: string, sample: string, serverPort: number): Promise<Nginx> {
  const folder = temporaryFolder();
  const port = await freePort();
  const inner = replaced(
    replaced(sample, '127.0.0.1:5000', `127.0.0.1:${serverPort}`),
    'listen 8080',
    `listen 127.0.0.1:${port}`,
  );
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder.path}/${name};`)
    .join(' ');
  const whole = `daemon off; pid ${folder.path}/pid; error_log stderr; worker_processes 1; events {} http { access_log off; ${temporary} ${inner} }`;
  mkdirSync(join(folder.path, 'logs'));
  writeFileSync(join(folder.path, 'nginx.conf'), whole);
  const child = spawn(path, ['-p', folder.path, '-c', 'nginx.conf'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const url = `http://127.0.0.1:${port}`;
  await until(10_000, async () => {
    if (child.exitCode !== null) throw new Error(said);
    return (await fetch(`${url}/healthz`).catch(() => undefined)) === undefined ? undefined : true;
  });
  return {
    port,
    url,
    stop: async () => {
      if (child.exitCode === null) {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
      folder.remove();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
