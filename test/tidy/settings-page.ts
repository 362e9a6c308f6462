import type { SettingRow } from '../../src/cli/settings/settings.ts';
import type { LimitSpec } from '../../src/http/edge/limits.ts';

/** The page docs/settings.md, from the two tables alone. */
export function settingsPage(
  rows: readonly SettingRow[],
  limits: Readonly<Record<string, LimitSpec>>,
): string {
  const settings = rows.map((row) => {
    const flag = row.noFlag
      ? ''
      : `\`--${row.name.slice(row.name.lastIndexOf('.') + 1)} ${row.argument}`.trim();
    const what = `${row.says}${row.secret ? '; never shown' : ''}`;
    const inFile = row.name === 'config' ? '' : `\`${row.name}\``;
    return `| ${inFile} | ${flag === '' ? '' : `${flag}\``} | \`${row.variable}\` | ${usual(row)} | ${what} |`;
  });
  const bounds = Object.entries(limits).map(
    ([name, spec]) =>
      `| \`${name}\` | ${spec.default} | ${spec.unit} | ${spec.off ? 'yes' : 'no'} | ${spec.protects} |`,
  );
  return `# Settings

Generated from \`src/cli/settings/settings.ts\` and \`src/http/edge/limits.ts\`; a test fails when they differ, and says how to write it again.

A flag wins over its variable, that over the file, that over the default. An empty variable counts as unset, and one that
begins with \`QUORATE_\` and is not listed here is warned of. The file is TOML: \`--config FILE\`, \`QUORATE_CONFIG\`, or
\`quorate/config.toml\` in \`$XDG_CONFIG_HOME\` (\`~/.config\`); a name such as \`server.port\` is \`port\` in the table \`[server]\`. \`~\` is the
home directory in all of them. A switch is \`true\` or \`false\` in the file and in its variable. \`quorate config print\` shows each value
and where it comes from, \`quorate doctor\` checks them.

| in the file | flag | variable | default | what |
|---|---|---|---|---|
${settings.join('\n')}

Names of hosts and limits gather from all three places; of two values for one limit, the flag's wins over the variable's, that over the file's.

## Limits

\`--limit name=value\`, \`limit = ["name=value"]\` or a variable: \`bodyBytes\` is \`QUORATE_LIMIT_BODY_BYTES\`. Times may be written as \`500ms\`, \`10s\`
or \`5m\`. 0 switches a limit off where the fourth column says yes. \`GET /v1/info\` shows those in force.

| limit | default | unit | may be off | protects |
|---|---|---|---|---|
${bounds.join('\n')}
`;
}

function usual({ read, default: value }: SettingRow): string {
  if (read === undefined) return 'false';
  return value === undefined || Array.isArray(value) ? '' : `\`${value}\``;
}
