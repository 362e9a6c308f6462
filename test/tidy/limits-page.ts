/** The page docs/limits.md, from the source of the core's limits: each comment is about the limits below it. */
export function limitsPage(source: string): string {
  const [, body = ''] = /export const limits = \{\n([\s\S]*?)\n\} as const;/.exec(source) ?? [];
  const rows: { about: string; limits: { name: string; is: string }[] }[] = [];
  for (const line of body.split('\n')) {
    const [, about] = /^ {2}\/\*\* (.*) \*\/$/.exec(line) ?? [];
    const [, name, value] = /^ {2}(\w+): (.*),$/.exec(line) ?? [];
    if (about !== undefined) rows.push({ about, limits: [] });
    else if (name !== undefined && value !== undefined) rows.at(-1)?.limits.push({ name, is: shown(value) });
    else throw new Error(`src/core/limits.ts: this line is neither a comment nor a limit: ${line}`);
  }
  return `# Limits

Generated from \`src/core/limits.ts\`; a test fails when they differ, and says how to write it again.

These are the same for every deployment and cannot be set: all servers on a log must agree on them, since they bound what the state of a log can become. What goes beyond one is
refused with an error that names it. Limits of one server, which protect it from its callers and can be set, are in [settings.md](settings.md#limits).
What a deployment of a given size needs is in [sizing.md](sizing.md).

Where several limits are in one row, the words are about all of them, in their order. Times are in ms.

| limit | what |
|---|---|
${rows.map(row).join('\n')}
`;
}

function row({ about, limits }: { about: string; limits: readonly { name: string; is: string }[] }): string {
  return `| ${limits.map(({ name, is }) => `\`${name}\` ${is}`).join(', ')} | ${about} |`;
}

/** A number as people read it; products are worked out. */
function shown(text: string): string {
  const factors = text.split(' * ').map((factor) => Number(factor.replaceAll('_', '')));
  const value = factors.reduce((product, factor) => product * factor, 1);
  if (!Number.isFinite(value)) throw new Error(`src/core/limits.ts: ${text} is no number`);
  return value.toLocaleString('en');
}
