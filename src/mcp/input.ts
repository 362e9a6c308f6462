import type { TObject } from 'typebox';
import { Value } from 'typebox/value';
import { wrongInput } from './fixes.ts';

/** Throws `invalid-request`, which names each part and what it must be, for an input that is not what a tool takes. */
export function checkInput(schema: TObject, given: unknown): void {
  const wrong = Value.Errors(schema, given).flatMap((one) => partsIn(one as Wrong, schema));
  if (wrong.length === 0) return;
  const detail = wrong.map(({ field, fix }) => `${field}: ${fix}`).join('; ');
  throw wrongInput(detail, 'change what is named above and call again', wrong);
}

interface Wrong {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: {
    readonly requiredProperties?: readonly string[];
    readonly additionalProperties?: readonly string[];
    readonly allowedValues?: readonly unknown[];
  };
}

interface Part {
  readonly field: string;
  readonly fields: readonly string[];
  readonly fix: string;
}

function partsIn({ keyword, instancePath, message, params }: Wrong, { properties }: TObject): Part[] {
  // What is not known is named by the error of all such parts.
  if (keyword === 'boolean') return [];
  const known = `there is no such part: use ${Object.keys(properties).join(', ')}`;
  const { requiredProperties, additionalProperties, allowedValues } = params;
  if (requiredProperties !== undefined) return requiredProperties.map((name) => part(name, 'must be given'));
  if (additionalProperties !== undefined) return additionalProperties.map((name) => part(name, known));
  const fix = allowedValues === undefined ? message : `must be one of ${allowedValues.join(', ')}`;
  return [part(instancePath.slice(1).replaceAll('/', '.'), fix)];
}

function part(name: string, fix: string): Part {
  const field = name.slice(0, 80);
  return { field, fields: [field], fix };
}
