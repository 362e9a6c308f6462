import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into each server of a soak (NODE_OPTIONS --import): at SIGUSR2 it collects all garbage and writes down what is left, so
 * that what is measured is what the server holds on to.
 */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const folder = process.env.SOAK_PROBE;
let asked = 0;

process.on('SIGUSR2', () => {
  if (folder === undefined) return;
  collect();
  asked += 1;
  const { heapUsed, external } = process.memoryUsage();
  const told = { asked, bytes: heapUsed + external };
  writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(told));
});
