// Runs once more, alone on the machine, the few test files with processes and clocks that failed among all the others: at
// such a load something may come late that is not wrong. What fails twice is wrong, and so is a file that only computes.
//
//   node scripts/second-run.js RESULTS    what `vitest run --reporter=json --outputFile.json=RESULTS` has written
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const most = 4;
/** @type {{ success: boolean, testResults: { status: string, name: string }[] }} */
const { testResults, success } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const failed = testResults
  .filter(({ status }) => status === 'failed')
  .map(({ name }) => relative(process.cwd(), name));
if (success || failed.length === 0 || failed.length > most) {
  console.error(`second-run: ${failed.length} files failed; a second run is for 1 to ${most}`);
  process.exit(1);
}
const files = ['--project', 'processes', ...failed];
const { stdout: listed } = spawnSync('npx', ['vitest', 'list', '--filesOnly', ...files], {
  encoding: 'utf8',
});
const certain = failed.filter((file) => !listed.includes(file));
if (certain.length > 0) {
  console.error(`second-run: no second run, since ${certain.join(' ')} only computes`);
  process.exit(1);
}
console.error(`second-run: failed at the first run, and run once more: ${failed.join(' ')}`);
process.exit(spawnSync('npx', ['vitest', 'run', ...files], { stdio: 'inherit' }).status ?? 1);
