import type { CatalogueEntry } from '../../src/core/errors.ts';

/** The page docs/errors.md, from the catalogue alone. */
export function errorsPage(
  catalogue: Readonly<Record<string, CatalogueEntry>>,
  retired: readonly string[],
): string {
  const entries = Object.entries(catalogue).sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = entries.map(
    ([code, { status, title }]) => `| [\`${code}\`](#${code}) | ${status} | ${title} |`,
  );
  const sections = entries.map(
    ([code, { status, title, fix }]) => `## \`${code}\`\n\n${title}. Status ${status}.\n\n${seen(fix)}\n`,
  );
  const gone = retired.length === 0 ? 'None yet.' : retired.map((code) => `\`${code}\``).join(', ');
  return `# Errors

Generated from \`src/core/errors.ts\`; a test fails when the two differ, and says how to write it again.

Every error is \`application/problem+json\` (RFC 9457). Its members: \`type\` (\`urn:quorate:error:<code>\`), \`title\`, \`status\`,
\`code\`, \`detail\` (the sentence for this case), \`fix\` (what to do) and \`outcome\`: \`not-executed\`, or \`unknown\` when the request may
have been done. Some have more: \`round\` (the round it is about), \`errors\` (each field, or the two \`fields\` of a contradiction, and how to fix it), \`since\`, \`index\`.
A code keeps its meaning for ever. Which clause of the protocol a refusal follows is in PROTOCOL.md.

| code | status | title |
|---|---|---|
${rows.join('\n')}

${sections.join('\n')}
## Retired codes

Codes of earlier releases, never used again. ${gone}
`;
}

/** A text in which what stands in angle brackets is seen, and not read as HTML. */
function seen(text: string): string {
  return text.replaceAll('<', '&lt;');
}
