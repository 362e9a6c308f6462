import { type Command, InvalidArgumentError, Option } from 'commander';
import { formats, levels } from '../../operator/notices.ts';
import { instance, whole } from '../arguments.ts';
import { expandHome } from './home.ts';

/**
 * The table of all settings of a deployment. The flags, the variables, the names in the file, `config print`, doctor and
 * docs/settings.md come from it. Options of a single command (a group's rule, an agent's strategy) are defined with that
 * command; the file may set those too.
 */
export interface SettingRow {
  /** The name in the file and in `config print`; the flag is its last part. */
  readonly name: string;
  /** The argument of the flag in the help; '' for a switch. */
  readonly argument: string;
  /** By default as the flag, with QUORATE_ before it. A name that ends in `*` means all variables with this beginning. */
  readonly variable: string;
  /** The description in the help. */
  readonly says: string;
  /** Reads one text, or throws InvalidArgumentError. A setting without it is a switch. */
  readonly read?: (text: string) => unknown;
  readonly default?: unknown;
  /** The value of the flag without an argument. */
  readonly bare?: string;
  /** `list`: the values of all places are combined. `text`: a repeated flag adds to the text, after a comma. */
  readonly many?: 'list' | 'text';
  /** Never printed. */
  readonly secret?: true;
  /** An address: a user name and a password in it are not printed. */
  readonly address?: true;
  /** The setting has no flag, because everyone on the machine can see command lines. */
  readonly noFlag?: true;
  /** Names of settings that must not be set together with this one. */
  readonly excludes?: readonly string[];
}

const text = (value: string): string => value;
/** What is shown to others in lists and lines. */
const shown = (value: string): string => {
  if (value.trim() !== '' && !/[\p{Cc}\u2028\u2029]/u.test(value)) return value;
  throw new InvalidArgumentError('It must not be empty, nor hold line breaks or other control characters.');
};
const oneOf =
  (words: readonly string[]) =>
  (word: string): string => {
    if (words.includes(word)) return word;
    throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`);
  };
const log = (value: string): string =>
  value.replace(/^(\w+:)(~(?:\/.*)?)$/, (_, scheme: string, path: string) => scheme + expandHome(path));

type GivenRow = Omit<SettingRow, 'variable'> & Partial<Pick<SettingRow, 'variable'>>;

const rows: readonly GivenRow[] = [
  {
    name: 'url',
    argument: '<url>',
    says: 'the server; several of one deployment: again, or separated by commas',
    read: text,
    default: 'http://127.0.0.1:5000',
    many: 'text',
    address: true,
  },
  {
    name: 'token',
    argument: '<token>',
    says: "send this token: an agent's, an administrator's or a group's key",
    read: text,
    secret: true,
    excludes: ['token-file'],
  },
  {
    name: 'token-file',
    argument: '<file>',
    says: 'a file with the token to send',
    read: expandHome,
    excludes: ['token'],
  },
  {
    name: 'ca',
    argument: '<file>',
    says: 'trust the certificates in this file (PEM) as well, for a server with a private CA',
    read: expandHome,
  },
  {
    name: 'config',
    argument: '<file>',
    says: 'a file of settings: quorate config --help',
    read: expandHome,
  },
  {
    name: 'server.port',
    argument: '<port>',
    says: 'the port; 0 takes any free one',
    read: whole(0, 65_535),
    default: 5000,
  },
  {
    name: 'server.name',
    argument: '<name>',
    says: 'the name of this server among those that share its log, which no other has; by default its machine and port',
    read: shown,
  },
  {
    name: 'server.host',
    argument: '<address>',
    says: 'the address to listen on',
    read: (value) => value.replace(/^\[(.*)\]$/, '$1'),
    default: '127.0.0.1',
    excludes: ['server.lan'],
  },
  {
    name: 'server.lan',
    argument: '',
    says: 'listen on the local network: prints the address for others, and a QR code; whoever is on the network may take part, without tokens',
    excludes: ['server.host'],
  },
  {
    name: 'server.agents',
    argument: '<n>',
    says: 'agents in the group "default"',
    read: whole(1, 100_000),
    default: 3,
  },
  {
    name: 'server.quorum',
    argument: '<k>',
    says: 'equal proposals that decide in the group "default"',
    read: whole(1, 100_000),
    default: 2,
  },
  {
    name: 'server.data',
    argument: '<dir>',
    says: 'where to keep the log (default: quorate in the XDG data home)',
    read: expandHome,
    excludes: ['server.log'],
  },
  {
    name: 'server.log',
    argument: '<spec>',
    says: 'memory:, file:DIR or etcd://HOST:PORT,HOST:PORT/PREFIX, instead of --data',
    read: log,
    excludes: ['server.data'],
    address: true,
  },
  {
    name: 'server.i-accept-loss',
    argument: '',
    says: 'keep the log even on a network or temporary file system, which may lose what was acknowledged',
  },
  {
    name: 'server.insecure-open',
    argument: '',
    says: 'let anyone who reaches --host take part, without tokens',
  },
  {
    name: 'server.admin-token',
    argument: '<token>',
    says: 'with it, only callers with this token manage groups',
    read: text,
    secret: true,
    noFlag: true,
    excludes: ['server.admin-token-file'],
  },
  {
    name: 'server.admin-token-file',
    argument: '<file>',
    says: 'a file with that token, or with the old and the new one in two lines; SIGHUP reads it again',
    read: expandHome,
    excludes: ['server.admin-token'],
  },
  {
    name: 'server.allow-host',
    argument: '<name>',
    says: 'answer to this host name as well; may be repeated',
    read: text,
    default: [],
    many: 'list',
  },
  {
    name: 'server.trust-proxy',
    argument: '[address]',
    says: "believe the callers' addresses that the proxy at this address or in this network sends (loopback without an argument); may be repeated",
    read: text,
    bare: 'loopback',
    default: [],
    many: 'list',
  },
  {
    name: 'server.base-path',
    argument: '<path>',
    says: 'the path below which a proxy serves this server, such as /quorate; the proxy may pass it on or take it away',
    read: text,
  },
  {
    name: 'server.limit',
    argument: '<name=value>',
    variable: 'QUORATE_LIMIT_*',
    says: 'set a limit that GET /v1/info shows; may be repeated',
    read: text,
    default: [],
    many: 'list',
  },
  {
    name: 'server.webhook-allow',
    argument: '<where>',
    says: 'let webhooks go to this host name, *.example.com, * (any public host), address or network, with a port or without; several: again, or separated by commas; without it there are none',
    read: text,
    default: [],
    many: 'list',
  },
  {
    name: 'server.webhook-key',
    argument: '<file>',
    says: 'sign what webhooks are sent with this private key (Ed25519, PEM) too',
    read: expandHome,
  },
  {
    name: 'server.tls-cert',
    argument: '<file>',
    says: 'speak TLS with this certificate chain (PEM); it is read again when it changes, and on SIGHUP',
    read: expandHome,
  },
  {
    name: 'server.tls-key',
    argument: '<file>',
    says: 'the key of the certificate (PEM)',
    read: expandHome,
  },
  {
    name: 'server.log-level',
    argument: '<level>',
    says: 'report what is as important as this: error, warn, info (each closed round too) or debug (each request too); without it, changes of what the server can do',
    read: oneOf(levels),
  },
  {
    name: 'server.log-format',
    argument: '<format>',
    says: 'how what the server reports is written: text, or json, an object a line; without it json with --json, else text',
    read: oneOf(formats),
  },
  {
    name: 'agent.join-key',
    argument: '<key>',
    says: 'the key of the group, with which the agent joins it',
    read: text,
    secret: true,
  },
  {
    name: 'agent.instance',
    argument: '<secret>',
    says: 'what the process that joins is known by after a restart, a secret of 8 characters or more',
    read: instance,
    secret: true,
  },
];

export const settingRows: readonly SettingRow[] = rows.map((row) => ({
  variable: `QUORATE_${flagOf(row).toUpperCase().replaceAll('-', '_')}`,
  ...row,
}));

/** A setting as an option of a command. */
export class Setting extends Option {
  readonly row: SettingRow;

  constructor(row: SettingRow) {
    super(`--${flagOf(row)} ${row.argument}`.trim(), `${row.says} (env: ${row.variable})`);
    this.row = row;
    const { read, many } = row;
    if (row.noFlag) this.hideHelp();
    if (row.bare !== undefined) this.preset(row.bare);
    if (read === undefined) this.default(false);
    else {
      this.default(row.default);
      this.argParser((value: string, earlier: unknown) => {
        if (row.noFlag)
          throw new InvalidArgumentError(
            `A command line is seen by everybody on this machine: set ${row.variable}.`,
          );
        const one = read(value);
        if (many === 'list') return [...(earlier as unknown[]), one];
        return many === 'text' && earlier !== row.default ? `${earlier},${one}` : one;
      });
    }
    this.conflicts((row.excludes ?? []).map(camelCase));
  }
}

/** Adds to a command the settings whose names begin with `section`, such as `server`; '' means those of all commands. */
export function addSettings(command: Command, section: string): Command {
  const own = settingRows.filter((row) => row.name === (section && `${section}.`) + flagOf(row));
  for (const row of own) command.addOption(new Setting(row));
  return command;
}

function flagOf({ name }: Pick<SettingRow, 'name'>): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function camelCase(name: string): string {
  return flagOf({ name }).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
