import { classOf } from '../equality/equality.ts';
import { byteLength, canonical } from '../json.ts';
import { limits } from '../limits.ts';
import type { Json, Option, Rule } from '../types.ts';
import { type Fields, isObject, type Reader } from './reader.ts';

/**
 * What may be proposed, as people write it: values, each bare or with what to call it. Undefined where anything may be. An object
 * with a member "value" is read as the second form, so an option that is such an object itself must be wrapped in one. [Q4.32]
 */
export function readOptions(
  reader: Reader,
  json: Json | undefined,
  otherwise: readonly Option[] | undefined,
  valueBytes: number,
): readonly Option[] | undefined {
  if (json === undefined) return otherwise;
  if (json === null) return undefined;
  const { optionsLeast: least, options: most } = limits;
  if (!Array.isArray(json) || json.length < least || json.length > most) {
    reader.complain(
      'rule.options',
      `write a list of ${least} to ${most} values, each as it is or as {"value": 1, "label": "one"}, or null for anything`,
    );
    return otherwise;
  }
  return json.map((item, i) => readOption(reader, `rule.options[${i}]`, item, valueBytes));
}

function readOption(reader: Reader, field: string, json: Json, valueBytes: number): Option {
  const wrapped = isObject(json) && json.value !== undefined;
  const option = wrapped ? readWrapped(reader, field, json) : { value: json };
  if (byteLength(canonical(option.value)) > valueBytes)
    reader.contradict(
      field,
      'rule.valueBytes',
      `the value is longer than ${valueBytes} bytes: shorten it, or raise valueBytes`,
    );
  return option;
}

function readWrapped(reader: Reader, field: string, json: Fields): Option {
  const { value = null, label: name } = reader.fields(field, json, ['value', 'label']);
  const label = reader.text(`${field}.label`, name, limits.titleLength);
  return label === null ? { value } : { value, label };
}

/** The options that can be decided, as people write them; undefined where all can. [Q4.33] */
export function readWins(
  reader: Reader,
  json: Json | undefined,
  otherwise: readonly Json[] | undefined,
): readonly Json[] | undefined {
  if (json === undefined) return otherwise;
  if (json === null) return undefined;
  if (Array.isArray(json) && json.length >= 1 && json.length <= limits.options) return json;
  reader.complain(
    'rule.wins',
    `write a list of 1 to ${limits.options} of the options, or null for all of them`,
  );
  return otherwise;
}

/** The same rule with the values that it decides spelt as the options are, and in their order, so that equal rules have one text. */
export function spelledAsOptions(rule: Rule): Rule {
  const { options, wins, onDeadline, equality } = rule;
  if (options === undefined) return rule;
  const named = (value: Json): string => classOf(equality, canonical(value));
  const among = (values: readonly Json[]): Json[] => {
    const names = new Set(values.map(named));
    return options.map(({ value }) => value).filter((value) => names.has(named(value)));
  };
  const [otherwise] = typeof onDeadline === 'object' ? among([onDeadline.default]) : [];
  return {
    ...rule,
    ...(wins && { wins: among(wins) }),
    ...(otherwise !== undefined && { onDeadline: { default: otherwise } }),
  };
}
