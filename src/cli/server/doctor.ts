import { networkInterfaces } from 'node:os';
import type { Command } from 'commander';
import { readCertificates, troubleWith } from '../../certificates.ts';
import { type End, exit, messageOf } from '../exit.ts';
import { paint, plain, print } from '../output.ts';
import { shownSettings } from '../settings/config.ts';
import { addSettings } from '../settings/settings.ts';
import { checkDirectory, checkFiles, checkNode, checkPort } from './doctor-checks.ts';
import { checkCluster } from './doctor-cluster.ts';
import { type Finding, finding } from './finding.ts';
import { dataPath, type ServerFlags } from './server.ts';

const colours = { good: 'green', doubtful: 'yellow', bad: 'red' } as const;

export function registerDoctor(program: Command, end: End): void {
  addSettings(program.command('doctor'), 'server')
    .description(
      'check whether a server with these settings would work here, and say what to do; changes nothing',
    )
    .addHelpText('after', '\nExample:\n  $ quorate doctor --data /var/lib/quorate')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<ServerFlags>();
      const { host, lan, port, json } = options;
      const dir = directoryOf(options);
      const findings = [
        checkNode(),
        checkConfig(program),
        ...(await checkProtection(options)),
        ...checkCertificates(options),
        ...(await checkForm(options)),
        ...(isEtcd(options) ? await checkCluster(options.log) : []),
        ...(dir === null ? [] : await checkDirectory(dir)),
        ...(lan ? [await checkLan()] : []),
        await checkPort(lan ? '0.0.0.0' : host, port),
      ];
      const ok = findings.every(({ verdict }) => verdict !== 'bad');
      if (json) print(JSON.stringify({ ok, data: dir, findings }));
      else for (const one of findings) print(lines(one));
      end(ok ? exit.agreed : exit.failed);
    });
}

function checkConfig(program: Command): Finding {
  try {
    const { file } = shownSettings(program);
    return finding(
      'configuration',
      'good',
      file === null ? 'there is no file, the defaults are used' : `${file} is read`,
    );
  } catch (error) {
    return finding('configuration', 'bad', messageOf(error), 'quorate config --help');
  }
}

/** What is wrong with the name of the log; nothing when there is such a kind of log. */
async function checkForm({ log }: ServerFlags): Promise<Finding[]> {
  const { schemeOf } = await import('../../serve.ts');
  try {
    if (log !== undefined) schemeOf(log);
    return [];
  } catch (error) {
    const { fix = 'quorate server --help says what --log may be' } = error as { fix?: string };
    return [finding('log', 'bad', messageOf(error), fix)];
  }
}

/** The directory on this machine that the server would keep its log in; null when the log is elsewhere. */
function directoryOf({ log, data }: ServerFlags): string | null {
  if (log === undefined) return dataPath(data);
  return log.startsWith('file:') ? dataPath(log.slice('file:'.length)) : null;
}

function isEtcd(options: ServerFlags): options is ServerFlags & { readonly log: string } {
  return options.log?.startsWith('etcd') === true;
}

function checkCertificates({ tlsCert: cert, tlsKey: key }: ServerFlags): Finding[] {
  if (cert === undefined && key === undefined) return [];
  const fix = 'put a certificate and its key into the files of --tls-cert and --tls-key';
  if (cert === undefined || key === undefined)
    return [finding('certificate', 'bad', 'the certificate and its key must be given together', fix)];
  try {
    const trouble = troubleWith(readCertificates({ cert, key }));
    if (trouble === null)
      return [finding('certificate', 'good', `${cert} is valid and does not expire soon`)];
    return [finding('certificate', trouble.valid ? 'doubtful' : 'bad', trouble.says, fix)];
  } catch (error) {
    return [finding('certificate', 'bad', (error as Error).message, fix)];
  }
}

/** The token, the base path and the limits, read as the server does, and whether the system allows so many open files. */
async function checkProtection(options: ServerFlags): Promise<Finding[]> {
  const { AdminTokens, basePathIn, chooseLimits, limitsIn } = await import('../../serve.ts');
  try {
    const { hashes } = new AdminTokens({ token: options.adminToken, file: options.adminTokenFile });
    basePathIn(options.basePath ?? '');
    const { values, chosen } = chooseLimits(limitsIn(options.limit));
    const who = hashes.length === 0 ? 'there is no administrator' : "the administrator's token is read";
    const says = `${who}; limits that are set: ${[...chosen].join(', ') || 'none'}`;
    return [finding('settings', 'good', says), checkFiles(values.connections)];
  } catch (error) {
    const fix = 'quorate config print shows where each comes from';
    return [finding('settings', 'bad', messageOf(error), fix)];
  }
}

/** Whether there is a network for --lan, and under which addresses others will reach the server. */
async function checkLan(): Promise<Finding> {
  const { lanAddresses } = await import('../../serve.ts');
  try {
    const says = `others on this network will use ${lanAddresses(networkInterfaces()).join(' or ')}; whoever is on it can take part`;
    return finding('network', 'good', says);
  } catch (error) {
    return finding('network', 'bad', messageOf(error), 'leave out --lan to serve this machine alone');
  }
}

function lines({ check, verdict, says, fix }: Finding): string {
  const first = `${paint(colours[verdict], verdict.padEnd(8))}  ${check}: ${plain(says)}`;
  return fix === '' ? first : `${first}\n          fix: ${plain(fix)}`;
}
