// Prints the bill of materials of the package (CycloneDX): its dependencies, and what the build has put into it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const notices = readFileSync(new URL('../dist/THIRD-PARTY-NOTICES.md', import.meta.url), 'utf8');
const inside = new Set(
  Array.from(notices.matchAll(/^## (\S+) - (\S+) /gm), ([, name, version]) => `${name}@${version}`),
);
const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'];
const all = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 }));

/** @typedef {{ name: string, version: string, 'bom-ref': string, properties?: { name: string, value: string }[] }} Component */

const components = all.components.filter((/** @type {Component} */ { name, version, properties = [] }) => {
  const forUs = properties.some((property) => property.name === 'cdx:npm:package:development');
  return !forUs || inside.has(`${name}@${version}`);
});
const kept = new Set([
  all.metadata.component['bom-ref'],
  ...components.map((/** @type {Component} */ one) => one['bom-ref']),
]);
const dependencies = all.dependencies
  .filter((/** @type {{ ref: string }} */ { ref }) => kept.has(ref))
  .map((/** @type {{ ref: string, dependsOn: string[] }} */ { ref, dependsOn }) => ({
    ref,
    dependsOn: dependsOn.filter((name) => kept.has(name)),
  }));
console.log(JSON.stringify({ ...all, components, dependencies }, null, 2));
