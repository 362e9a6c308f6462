import { InvalidArgumentError } from 'commander';
import { gateVariables } from '../gate/variables.ts';
import { note } from '../output.ts';
import { type SettingRow, settingRows } from './settings.ts';

/** The value of a setting in the environment, with the name of its variable; null when it is unset or empty. */
export function inEnvironment(row: SettingRow): { readonly value: unknown; readonly from: string } | null {
  const { variable, read, many } = row;
  if (variable.endsWith('*')) return limitsOfEnvironment(variable);
  const text = process.env[variable];
  if (text === undefined || text === '') return null;
  try {
    if (read === undefined) return { value: yesOrNo(text), from: variable };
    if (many !== 'list') return { value: read(text), from: variable };
    return { value: text.split(',').filter(Boolean).map(read), from: variable };
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError(`${variable}: ${error.message}`);
  }
}

/** The `name=value` texts of variables such as QUORATE_LIMIT_BODY_BYTES. Unknown names are refused where limits are read. */
function limitsOfEnvironment(variable: string): ReturnType<typeof inEnvironment> {
  const prefix = variable.slice(0, -1);
  const value = Object.entries(process.env)
    .filter(([name, text]) => name.startsWith(prefix) && text !== undefined && text !== '')
    .map(([name, text]) => {
      const words = name.slice(prefix.length).toLowerCase().split('_');
      const camel = words.map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)));
      return `${camel.join('')}=${text}`;
    });
  return value.length === 0 ? null : { value, from: variable };
}

/** Warns of unknown variables that begin with QUORATE_: they are often typing errors. Those that a gate sets are for its command. */
export function warnOfUnknownVariables(): void {
  const known: readonly string[] = [...settingRows.map(({ variable }) => variable), ...gateVariables];
  const unknown = Object.keys(process.env).filter(
    (name) => name.startsWith('QUORATE_') && !known.some((variable) => isNamed(name, variable)),
  );
  for (const name of unknown)
    note(`quorate: ${name} is no setting and has no effect: docs/settings.md lists all settings`);
}

function isNamed(name: string, variable: string): boolean {
  return variable.endsWith('*') ? name.startsWith(variable.slice(0, -1)) : name === variable;
}

function yesOrNo(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new InvalidArgumentError('It must be true or false.');
}
