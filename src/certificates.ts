import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** Paths of PEM files. A certificate and its key go together; `ca` holds the authorities to trust. */
export interface CertificateFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What the files hold. */
export interface Certificates {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The certificate whose end is met first; null where there is none. */
  readonly firstToEnd: Ending | null;
}

interface Ending {
  readonly file: string;
  readonly from: Date;
  readonly to: Date;
}

const day = 86_400_000;
/** ms before its end from which on a certificate is said to end soon; one made for a short time, in its last third. */
const soon = 7 * day;

/** Reads the files. Throws an Error that names the file and says why it cannot be used for TLS. */
export function readCertificates({ ca, cert, key }: CertificateFiles): Certificates {
  const ends: Ending[] = [];
  const read: { ca?: string; cert?: string; key?: string } = {};
  if (ca !== undefined) {
    read.ca = readNamed(ca);
    // While authorities are exchanged both are in the file: one that is good is enough.
    ends.push(...endsOf(ca, certificatesIn(ca, read.ca)).slice(-1));
  }
  if (cert !== undefined && key !== undefined) {
    read.cert = readNamed(cert);
    read.key = readNamed(key);
    const chain = certificatesIn(cert, read.cert);
    if (!chain[0]?.checkPrivateKey(keyIn(key, read.key)))
      throw unusable(key, `it is not the key of the certificate in ${cert}`);
    ends.push(...endsOf(cert, chain).slice(0, 1));
  }
  try {
    createSecureContext(read);
  } catch (error) {
    throw unusable([ca, cert, key].filter(Boolean).join(' and '), (error as Error).message);
  }
  return { ...read, firstToEnd: ends.sort(byEnd)[0] ?? null };
}

/** That certificates cannot be used now, or not for long. */
export interface CertificateTrouble {
  readonly says: string;
  /** Whether they can be used for now. */
  readonly valid: boolean;
}

/** What is wrong with the dates of the certificates, or null: one has ended, ends soon, or is not valid yet. */
export function troubleWith({ firstToEnd }: Certificates, now = Date.now()): CertificateTrouble | null {
  if (firstToEnd === null) return null;
  const { file, from, to } = firstToEnd;
  const left = to.getTime() - now;
  if (left <= 0) return { says: `the certificate in ${file} expired on ${to.toISOString()}`, valid: false };
  if (from.getTime() > now)
    return { says: `the certificate in ${file} is valid only from ${from.toISOString()} on`, valid: false };
  if (left > Math.min(soon, (to.getTime() - from.getTime()) / 3)) return null;
  return { says: `the certificate in ${file} expires soon, on ${to.toISOString()}`, valid: true };
}

/** Certificates from files that may be replaced while they are used: the new ones count once they can be used. */
export class KeptCertificates {
  /** What they are for, in a word. */
  readonly use: 'server' | 'etcd';
  readonly files: CertificateFiles;
  /** Puts other ones to use. */
  onRenewed: (certificates: Certificates) => void = () => {};
  readonly what: string;
  readonly fix =
    'put certificate and key that belong together into the files; they are read again by themselves';
  private now: Certificates;

  /** Throws as `readCertificates`. */
  constructor(use: 'server' | 'etcd', files: CertificateFiles) {
    this.use = use;
    this.what = `the certificates for ${use === 'server' ? 'callers' : 'etcd'}`;
    this.files = files;
    this.now = readCertificates(files);
  }

  get current(): Certificates {
    return this.now;
  }

  facts() {
    return { use: this.use, ends: this.now.firstToEnd?.to.toISOString() ?? null };
  }

  /** Reads the files again; returns whether they hold something new. Throws as `readCertificates`: the old ones stay. */
  reload(): boolean {
    const { ca, cert, key } = this.now;
    const next = readCertificates(this.files);
    if (next.ca === ca && next.cert === cert && next.key === key) return false;
    this.onRenewed(next);
    this.now = next;
    return true;
  }
}

function readNamed(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unusable(file, (error as Error).message);
  }
}

function certificatesIn(file: string, text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw unusable(file, 'it holds no certificate (PEM)');
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw unusable(file, (error as Error).message);
  }
}

/** Sorted, the first to end first. */
function endsOf(file: string, certificates: readonly X509Certificate[]): Ending[] {
  return certificates
    .map(({ validFrom, validTo }) => ({ file, from: new Date(validFrom), to: new Date(validTo) }))
    .sort(byEnd);
}

function byEnd(a: Ending, b: Ending): number {
  return a.to.getTime() - b.to.getTime();
}

function keyIn(file: string, text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw unusable(file, 'it holds no private key without a passphrase (PEM)');
  }
}

function unusable(file: string, why: string): Error {
  return new Error(`${file} cannot be used for TLS: ${why}`);
}
