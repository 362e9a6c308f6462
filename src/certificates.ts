import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** Paths of PEM files. `cert` and `key` come together; `ca` holds the authorities to trust. */
export interface CertificateFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The contents of the files. */
export interface Certificates extends Readonly<Partial<Record<keyof CertificateFiles, string>>> {
  /** The certificate that expires first; null when there is none. */
  readonly firstToEnd: Ending | null;
}

interface Ending {
  readonly file: string;
  readonly from: Date;
  readonly to: Date;
}

const dayMs = 86_400_000;
/** A certificate expires soon in its last week, or in the last third of a shorter life. */
const soonMs = 7 * dayMs;

/** Reads the files. Throws an Error that names the file and says why TLS cannot use it. */
export function readCertificates({ ca, cert, key }: CertificateFiles): Certificates {
  const ends: Ending[] = [];
  const read: { ca?: string; cert?: string; key?: string } = {};
  if (ca !== undefined) {
    read.ca = readNamed(ca);
    // While an authority is replaced the file holds both: one valid certificate is enough.
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

/** Certificates that cannot be used now, or only for a short time. */
export interface CertificateTrouble {
  readonly says: string;
  /** Whether they can still be used now. */
  readonly valid: boolean;
}

/** What is wrong with the dates of the certificates: one has expired, expires soon, or is not valid yet. Null when all is well. */
export function troubleWith({ firstToEnd }: Certificates, now = Date.now()): CertificateTrouble | null {
  if (firstToEnd === null) return null;
  const { file, from, to } = firstToEnd;
  const left = to.getTime() - now;
  if (left <= 0) return { says: `the certificate in ${file} expired on ${to.toISOString()}`, valid: false };
  if (from.getTime() > now)
    return { says: `the certificate in ${file} is valid only from ${from.toISOString()} on`, valid: false };
  if (left > Math.min(soonMs, (to.getTime() - from.getTime()) / 3)) return null;
  return { says: `the certificate in ${file} expires soon, on ${to.toISOString()}`, valid: true };
}

/** Certificates from files that may be replaced while the server runs. New ones are used as soon as they are valid. */
export class KeptCertificates {
  readonly use: 'server' | 'etcd';
  readonly files: CertificateFiles;
  /** Called with the new certificates, to use them from now on. */
  onRenewed: (certificates: Certificates) => void = () => {};
  readonly what: string;
  readonly fix = 'put a certificate and its own key into the files; the server reads them again by itself';
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

  /** Reads the files again; returns whether they have changed. Throws as `readCertificates` does; the old ones stay in use. */
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

/** The dates of the certificates, the first to expire first. */
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
