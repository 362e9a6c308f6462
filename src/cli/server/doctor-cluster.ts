import type { inspectCluster } from '../../offline.ts';
import { checkSharedUpgrade } from './doctor-upgrade.ts';
import { type Finding, finding } from './finding.ts';

type Inspection = Awaited<ReturnType<typeof inspectCluster>>;

/** The checks of `quorate doctor --log etcd://...`. */
export async function checkCluster(log: string): Promise<Finding[]> {
  const { inspectCluster } = await import('../../offline.ts');
  let inspected: Inspection;
  try {
    inspected = await inspectCluster(log);
  } catch (error) {
    return [finding('etcd', 'bad', (error as Error).message, 'see --log in quorate server --help')];
  }
  const { certificates, members, log: found, versions } = inspected;
  const works = !(found instanceof Error);
  return [
    certificates === null
      ? finding('etcd certificates', 'good', 'they are valid and do not expire soon')
      : finding(
          'etcd certificates',
          certificates.valid ? 'doubtful' : 'bad',
          certificates.says,
          'put new ones into the files: docs/cluster.md, Certificates',
        ),
    ...members.map((member) => checkMember(member, works)),
    checkLogIn(found),
    ...(await checkVersions(found, versions)),
  ];
}

/** Nothing where there is no log that can be read, which another finding says. */
async function checkVersions(found: Inspection['log'], versions: Inspection['versions']): Promise<Finding[]> {
  if (found === null || found instanceof Error || versions === null) return [];
  if (!(versions instanceof Error)) return checkSharedUpgrade(versions, found.servers);
  const { fix = 'docs/cluster.md, Runbook' } = versions as { fix?: string };
  return [finding('upgrade', 'bad', versions.message, fix)];
}

function checkMember(
  { endpoint, version, bytesInUse, errors }: Inspection['members'][number],
  works: boolean,
): Finding {
  const check = `etcd ${endpoint}`;
  if (version === null) {
    const fix = 'start this member, or look at the network to it: docs/cluster.md, Runbook';
    return finding(check, works ? 'doubtful' : 'bad', errors.join('; '), fix);
  }
  if (errors.length > 0) {
    const fix = errors.some((error) => error.includes('NOSPACE'))
      ? 'docs/cluster.md, NOSPACE'
      : 'docs/cluster.md, Runbook';
    return finding(check, 'bad', `it says: ${errors.join('; ')}`, fix);
  }
  const says = `release ${version}, ${Math.ceil(bytesInUse / 1024)} KiB in use`;
  const isOld = !isMaintained(version);
  const fix = 'use a current 3.5, or 3.6 from 3.6.9 on: docs/cluster.md, Set up';
  return finding(
    check,
    isOld ? 'doubtful' : 'good',
    isOld ? `${says}: a release with known faults` : says,
    fix,
  );
}

function isMaintained(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major !== 3 || minor > 6) return major >= 3;
  return minor === 5 || (minor === 6 && patch >= 9);
}

function checkLogIn(found: Inspection['log']): Finding {
  const check = 'log';
  if (found === null)
    return finding(check, 'good', 'a majority answers; there is no log under the prefix yet');
  if (found instanceof Error) return finding(check, 'bad', found.message, found.fix);
  const { id, head } = found;
  const name = id === null ? 'a log without a name, which the next server gives one,' : `log ${id}`;
  return finding(check, 'good', `a majority answers; ${name} has ${head} entries`);
}
