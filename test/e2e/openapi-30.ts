import type { Json } from '../../src/core/types.ts';

/**
 * The document as one of OpenAPI 3.0, for generators that are older than 3.1: null becomes `nullable`, and a union of several types, which
 * the older ones make unusable code of, becomes anything. Operations, names, types and required members stay as they are.
 */
export function asOpenApi30(document: Json): Json {
  return { ...(older(document) as object), openapi: '3.0.3' };
}

function older(part: Json): Json {
  if (Array.isArray(part)) return part.map(older);
  if (part === null || typeof part !== 'object') return part;
  const made: Record<string, Json> = {};
  for (const [name, value] of Object.entries(part))
    made[name] = /^examples?$/.test(name) ? value : older(value);
  if (made.const !== undefined) {
    made.enum = [made.const];
    delete made.const;
  }
  if (!Array.isArray(made.anyOf)) return made;
  const { anyOf, ...rest } = made;
  const types = (anyOf as readonly Record<string, Json>[]).filter(({ type }) => type !== 'null');
  const [only] = types;
  if (types.length !== 1 || only === undefined) return rest;
  return { ...rest, ...(only.$ref === undefined ? only : { allOf: [only] }), nullable: true };
}
