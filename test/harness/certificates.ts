import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Wanted {
  /** Common name, by which etcd knows a user. */
  readonly name: string;
  /** The files are called so, with .crt and .key. Default: the common name. */
  readonly file?: string;
  /** Host names and addresses that it is for. */
  readonly hosts?: readonly string[];
  /** Days from now to its end; below 0 it has ended. Default 30. */
  readonly days?: number;
}

export interface Issued {
  readonly cert: string;
  readonly key: string;
}

/** Certificates of an authority made for one test, by openssl, in one folder. */
export class Authority {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    writeFileSync(join(folder, 'index.txt'), '');
    writeFileSync(join(folder, 'ca.cnf'), settings);
    this.openssl(
      'req',
      '-x509',
      ...newKey,
      '-days',
      '30',
      '-subj',
      '/CN=ca',
      ...['-keyout', 'ca.key'],
      '-out',
      'ca.crt',
    );
  }

  /** The authority's own certificate. */
  get ca(): string {
    return join(this.folder, 'ca.crt');
  }

  issue({ name, file = name, hosts = ['127.0.0.1', 'localhost'], days = 30 }: Wanted): Issued {
    const names = hosts.map((host) => (/^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`)).join();
    // etcd calls itself with the certificate of its server.
    const uses = ['-addext', `subjectAltName=${names}`, '-addext', 'extendedKeyUsage=serverAuth,clientAuth'];
    this.openssl(
      'req',
      ...newKey,
      '-subj',
      `/CN=${name}`,
      ...uses,
      ...['-keyout', `${file}.key`, '-out', `${file}.csr`],
    );
    const signing = ['-config', 'ca.cnf', '-cert', 'ca.crt', '-keyfile', 'ca.key', '-in', `${file}.csr`];
    const dates = ['-startdate', stamp(Math.min(-1, days - 30)), '-enddate', stamp(days)];
    this.openssl('ca', '-batch', '-notext', ...signing, ...dates, '-out', `${file}.crt`);
    return { cert: join(this.folder, `${file}.crt`), key: join(this.folder, `${file}.key`) };
  }

  private openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe', timeout: 20_000 });
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const settings = `
[ca]
default_ca = one
[one]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = policy
copy_extensions = copy
unique_subject = no
[policy]
commonName = supplied
`;

/** So many days from now, as openssl writes times. */
function stamp(days: number): string {
  return `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '')}`;
}
