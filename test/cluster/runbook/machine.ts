import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { within } from '../../harness/server.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/** What all machines of a test have in common. */
export interface Site {
  /** The first three numbers of its addresses, in place of 10.0.0. */
  readonly network: string;
  readonly etcd: string;
  readonly etcdctl: string;
  /** Quota of etcd in bytes, in place of the 8 GB that no test can fill. */
  readonly quota: number;
}

/**
 * A machine of docs/cluster.md that is a folder and a loopback address: commands run in it as they are written, except that paths
 * below /etc, /var, /opt and /root lie in the folder, and addresses are its own. What needs a whole machine (users, units, packages)
 * is done by the small programs in `stand-ins`; run by root, users are real as far as files and processes go.
 */
export class Machine {
  readonly name: string;
  readonly address: string;
  readonly root: string;
  private readonly site: Site;
  private readonly running = new Set<ChildProcess>();

  constructor(site: Site, folder: string, name: string, number: number) {
    this.site = site;
    this.name = name;
    this.address = `${site.network}.${number}`;
    this.root = join(folder, name);
    for (const path of ['etc/systemd/system', 'var/lib', 'var/backups', 'opt', 'root', 'run', 'bin'])
      mkdirSync(join(this.root, path), { recursive: true, mode: 0o755 });
    symlinkSync(checkout, join(this.root, 'opt/quorate-src'));
    symlinkSync(site.etcdctl, join(this.root, 'bin/etcdctl'));
    for (const [program, text] of Object.entries(standIns)) {
      writeFileSync(join(this.root, 'bin', program), `#!/bin/sh\n${text}`);
      chmodSync(join(this.root, 'bin', program), 0o755);
    }
  }

  /** Runs commands; gives what they wrote. Rejects with it when one of them fails, or after a minute. */
  async run(script: string): Promise<string> {
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', this.placed(script)], {
      cwd: join(this.root, 'root'),
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += String(chunk);
      });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const told = (): string => `on ${this.name}:\n${script}\n${output}\n${this.journal('etcd').slice(-2000)}`;
    const code = await within(60_000, ended, () => `no end within a minute ${told()}`).finally(() => {
      child.kill('SIGKILL');
      this.running.delete(child);
    });
    if (code !== 0) throw new Error(`exit code ${code} ${told()}`);
    return output;
  }

  /** A file of this machine, by its path there. */
  path(path: string): string {
    return join(this.root, path);
  }

  /** What a unit's process has written. */
  journal(unit: string): string {
    const path = this.path(`${unit}.log`);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** kill -9 of a unit's process. */
  kill(unit: string): void {
    const pid = Number(readFileSync(this.path(`run/${unit}`), 'utf8'));
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }

  /** Ends whatever runs here. */
  destroy(): void {
    for (const child of this.running) child.kill('SIGKILL');
    for (const unit of readdirSync(this.path('run'))) this.kill(unit);
  }

  private get environment(): NodeJS.ProcessEnv {
    const path = [
      join(this.root, 'bin'),
      dirname(process.execPath),
      '/usr/local/bin',
      '/usr/bin',
      '/bin',
      '/usr/sbin',
    ];
    const tools = { NODE: process.execPath, ETCD: this.site.etcd, CHECKOUT: checkout };
    return { PATH: path.join(':'), HOME: join(this.root, 'root'), ROOT: this.root, ...tools };
  }

  private placed(script: string): string {
    const { name, site, root } = this;
    return script
      .replaceAll('name=m1 address=10.0.0.1', `name=${name} address=${this.address}`)
      .replaceAll('10.0.0.', `${site.network}.`)
      .replaceAll('sleep 1;', 'sleep 0.2;')
      .replaceAll('ETCD_QUOTA_BACKEND_BYTES=8589934592', `ETCD_QUOTA_BACKEND_BYTES=${site.quota}`)
      .replaceAll(/(?<![\w./])\/(?=(?:etc|var|opt|root)\/)/g, `${root}/`);
  }
}

/** Numbers that stand for the users of the page. */
const users = 'etcd=61001\nquorate=61002\n';

const standIns = {
  useradd: 'exit 0\n',
  /** Installs what is built here. */
  npm: `
case $1 in install)
  to=$4/lib/node_modules/quorate
  mkdir -p "$to" "$4/bin"
  cp -R "$CHECKOUT/bin" "$CHECKOUT/package.json" "$to/"
  ln -s "$CHECKOUT/dist" "$to/dist"
  ln -s ../lib/node_modules/quorate/bin/quorate.js "$4/bin/quorate"
esac
`,
  install: `${users}
skip=''
for word do
  shift
  if [ -n "$skip" ]; then skip=''; continue; fi
  case $word in
    -o | -g) if [ "$(id -u)" != 0 ]; then skip=1; continue; fi ;;
    etcd) word=$etcd ;;
    quorate) word=$quorate ;;
  esac
  set -- "$@" "$word"
done
exec /usr/bin/install "$@"
`,
  chown: `${users}
[ "$(id -u)" = 0 ] || exit 0
exec /bin/chown "$quorate:$quorate" "$2"
`,
  runuser: `${users}
case $2 in etcd) id=$etcd ;; quorate) id=$quorate ;; esac
shift 3
[ "$(id -u)" = 0 ] || exec "$@"
exec setpriv --reuid "$id" --regid "$id" --clear-groups "$@"
`,
  systemctl: `
verb=$1
case $verb in daemon-reload) exit 0 ;; enable) shift ;; esac
unit=$2
file=$ROOT/etc/systemd/system/$unit.service
setting() { sed -n "s/^$1=//p" "$file"; }
stop() {
  [ -f "$ROOT/run/$unit" ] || return 0
  pid=$(cat "$ROOT/run/$unit")
  kill "$pid" 2> /dev/null || return 0
  while kill -0 "$pid" 2> /dev/null; do sleep 0.05; done
}
start() {
  command=$(setting ExecStart | sed "s#^/usr/bin/node /#$NODE $ROOT/#; s#^/usr/local/bin/etcd#$ETCD#")
  user=$(setting User)
  # Elections of a second each would be most of the test's time; newer releases ask before they vote anyway.
  env -i PATH="$PATH" ETCD_HEARTBEAT_INTERVAL=50 ETCD_ELECTION_TIMEOUT=500 ETCD_PRE_VOTE=true sh -c 'set -a; . "$1"; set +a; exec runuser -u $2 -- $3' sh \\
    "$ROOT$(setting EnvironmentFile)" "$user" "$command" >> "$ROOT/$unit.log" 2>&1 < /dev/null &
  echo $! > "$ROOT/run/$unit"
}
case $verb in
  start | enable) start ;;
  stop) stop ;;
  restart) stop; start ;;
  reload) [ "$(setting ExecReload)" = '/bin/kill -HUP $MAINPID' ] && kill -HUP "$(cat "$ROOT/run/$unit")" ;;
esac
`,
};
