// Runs once more, alone on the machine, the few test files with processes and clocks that failed among all the others: at
// such a load something may come late that is not wrong. What fails twice is wrong, and so is a file that only computes, and
// an error that no test took: nobody knows which file to run again.
//
//   FAILED=FILE npx vitest run --reporter=default --reporter=./scripts/second-run.js    writes down what failed
//   node scripts/second-run.js FILE                                                     runs it once more
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';

const most = 4;

/** @typedef {{ readonly ended: string, readonly files: readonly string[], readonly errors: number }} Failed */

/** What Vitest tells at the end of a run, kept for a second one. */
export default class WritesFailed {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} errors that came outside of any test
   * @param {string} ended
   */
  onTestRunEnd(modules, errors, ended) {
    const files = modules
      .filter((module) => !module.ok())
      .map(({ moduleId }) => relative(process.cwd(), moduleId));
    const failed = /** @type {Failed} */ ({ ended, files, errors: errors.length });
    writeFileSync(process.env.FAILED ?? '', JSON.stringify(failed));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exit(runAgain(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))));

/**
 * @param {Failed} failed
 * @returns {number} the exit code
 */
function runAgain({ ended, files, errors }) {
  const no = (/** @type {string} */ why) => {
    console.error(`second-run: no second run: ${why}`);
    return 1;
  };
  if (ended !== 'failed') return no(`the first was ${ended}`);
  if (errors > 0) return no('an error came outside of any test, see above');
  if (files.length === 0 || files.length > most)
    return no(`${files.length} files failed, and it is for 1 to ${most}`);
  const again = ['--project', 'processes', ...files];
  const { stdout: listed } = spawnSync('npx', ['vitest', 'list', '--filesOnly', ...again], {
    encoding: 'utf8',
  });
  const certain = files.filter((file) => !listed.includes(file));
  if (certain.length > 0) return no(`${certain.join(' ')} only computes`);
  console.error(`second-run: failed at the first run, and run once more: ${files.join(' ')}`);
  return spawnSync('npx', ['vitest', 'run', ...again], { stdio: 'inherit' }).status ?? 1;
}
