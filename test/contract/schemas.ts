import type { ValidateFunction } from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import { type OpenApi, responsesOf } from '../../src/http/openapi/document.ts';
import type { MediaType, ResponseObject } from '../../src/http/openapi/responses.ts';
import type { Answer } from '../harness/app.ts';

/** Holds answers to the document: status, type, errors and every member of every body. */
export class Contract {
  private readonly ajv: Ajv2020.default;
  private readonly checks = new Map<string, ValidateFunction>();
  /** The responses of each route, by status. */
  private readonly responses = new Map<string, Readonly<Record<string, ResponseObject>>>();

  constructor(document: OpenApi) {
    this.ajv = new Ajv2020.default({ strict: false });
    this.ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    this.ajv.addSchema(closed(document) as object, 'document');
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(methods))
        this.responses.set(
          `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
          responsesOf(document, operation),
        );
  }

  /** What the document does not say about this answer, in a sentence, or null. */
  complaint({ route, status, type, body }: Answer): string | null {
    const responses = this.responses.get(route.replace(/^HEAD /, 'GET '));
    if (responses === undefined) return `${route} is not in the document`;
    const response = responses[String(status)];
    if (response === undefined) return `${route} does not say that it answers ${status}: ${body}`;
    if (route.startsWith('HEAD ')) return null;
    const kind = type.split(';', 1)[0] ?? '';
    if (response.content === undefined)
      return body === undefined || body === '' ? null : `${route} ${status} should have no body: ${body}`;
    const media = response.content[kind];
    if (media === undefined) return `${route} ${status} does not say that it answers ${kind}`;
    if (kind === 'application/x-ndjson') return this.complaintOfLines(media.schema, String(body));
    if (!kind.endsWith('json')) return null;
    const json: unknown = JSON.parse(String(body));
    const code = kind.includes('problem') ? (json as { code: string }).code : null;
    if (code !== null && media.examples?.[code] === undefined) return `${route} does not say: ${code}`;
    const wrong = this.wrong(media.schema, json);
    return wrong === null ? null : `${route} ${status}: ${wrong}\n${body}`;
  }

  private complaintOfLines({ contentSchema }: MediaType['schema'], body: string): string | null {
    for (const line of body.split('\n').slice(0, -1)) {
      const wrong = this.wrong(contentSchema as MediaType['schema'], JSON.parse(line));
      if (wrong !== null) return `${wrong}\n${line}`;
    }
    return null;
  }

  /** How this JSON differs from a schema of the document, or null. */
  wrong(schema: Readonly<Record<string, unknown>>, json: unknown): string | null {
    const key = JSON.stringify(schema);
    const { $ref } = schema;
    const check =
      this.checks.get(key) ??
      this.ajv.compile(
        typeof $ref === 'string'
          ? { $ref: `document${$ref}` }
          : JSON.parse(key.replaceAll('"$ref":"#', '"$ref":"document#')),
      );
    this.checks.set(key, check);
    return check(json) ? null : this.ajv.errorsText(check.errors);
  }
}

/** The same schemas, but no object may have a member they do not name: what is sent must be described. */
function closed(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(closed);
  if (typeof json !== 'object' || json === null) return json;
  const fields = Object.fromEntries(Object.entries(json).map(([name, value]) => [name, closed(value)]));
  const open = fields.type === 'object' && fields.properties !== undefined;
  return open ? { additionalProperties: false, ...fields } : fields;
}
