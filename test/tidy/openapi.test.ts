import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/core/errors.ts';
import { type OpenApi, type OperationObject, responsesOf } from '../../src/http/openapi/document.ts';
import type { ResponseObject } from '../../src/http/openapi/responses.ts';
import { type RunningApp, startApp } from '../harness/app.ts';
import { readText, root } from './source.ts';

const page = 'docs/openapi.json';
const rewrite = 'UPDATE_DOCS=1 npx vitest run test/tidy/openapi.test.ts';

let running: RunningApp;
let document: OpenApi;

beforeAll(async () => {
  const { version } = JSON.parse(readText('package.json')) as { version: string };
  running = await startApp({ version });
  document = (await running.ask('GET', '/openapi.json')).as<OpenApi>();
});
afterAll(() => running?.stop());

const listed = (): readonly { readonly route: string; readonly operation: OperationObject }[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      route: `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
      operation,
    })),
  );

describe('OpenAPI document', () => {
  it('has every route of the server but pages, and no other', () => {
    const served = running.app.router.routes.map(({ method, path }) => `${method} ${path}`);
    const docs = ['GET /docs', 'GET /docs/style.css', 'GET /docs/icon.svg'];
    const pages = [
      ...docs,
      'GET /',
      'GET /new',
      'GET /cluster',
      'GET /play',
      'GET /g/:group',
      'GET /g/:group/vote',
      'GET /assets/:id',
    ];
    expect(
      listed()
        .map(({ route }) => route)
        .sort(),
    ).toEqual(served.filter((route) => !pages.includes(route)).sort());
  });

  it('has each error of the catalogue at a route, and no other', () => {
    const used = listed().flatMap(({ operation }) =>
      Object.values(responsesOf(document, operation)).flatMap(codesIn),
    );
    const routeless = Object.keys(document['x-errors-without-route']);
    const named = [...new Set([...used, ...routeless])].sort();
    expect(named, 'name the code in the operations of the routes that answer with it').toEqual(
      Object.keys(catalogue).sort(),
    );
    expect(routeless).toEqual(['not-found', 'method-not-allowed']);
    expect(Object.keys(document.components.examples).sort()).toEqual([...new Set(used)].sort());
  });

  it('tells nobody to propose who asked for something else', () => {
    const others = listed().filter(({ operation }) => !/^(propose|postNumber)/.test(operation.operationId));
    const misled = others.flatMap(({ route, operation }) =>
      Object.values(responsesOf(document, operation))
        .flatMap(codesIn)
        .filter((code) => catalogue[code as keyof typeof catalogue].fix.startsWith('Propose'))
        .map((code) => `${route}: ${code}`),
    );
    expect(misled, 'these errors need a fix that fits all routes that answer with them').toEqual([]);
  });

  it('puts each error under its own status', () => {
    for (const { operation } of listed()) {
      for (const [status, response] of Object.entries(responsesOf(document, operation)))
        for (const code of codesIn(response))
          expect(String(catalogue[code as keyof typeof catalogue].status), code).toBe(status);
    }
  });

  it('names each operation once, and shows an example of each body', () => {
    const ids = listed().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of listed()) {
      const bodies = [operation.requestBody, ...Object.values(responsesOf(document, operation))];
      for (const media of bodies.flatMap((body) => Object.values(body?.content ?? {})))
        expect(media.example ?? media.examples, operation.operationId).toBeDefined();
    }
  });

  it('has a named schema for whatever a generator makes a type of in a union', () => {
    const { schemas } = document.components as { schemas: Record<string, { readonly title?: string }> };
    for (const [name, { title }] of Object.entries(schemas)) expect(title).toBe(name);
    expect(unnamedMembers(document)).toEqual([]);
  });

  it('is what the table of routes in PROTOCOL.md says', () => {
    const all = listed().map(({ operation }) => Object.keys(operation.responses));
    const everywhere = (all[0] ?? []).filter(
      (one) => one >= '400' && all.every((some) => some.includes(one)),
    );
    const expected = listed().map(({ route, operation }) => {
      const statuses = Object.keys(operation.responses).filter((one) => !everywhere.includes(one));
      return `${route.replace(/:(\w+)/g, '{$1}')}: ${statuses.sort().join(' ')}`;
    });
    const [, section = ''] = readText('PROTOCOL.md').split('\n## Routes\n');
    const rows = [...section.matchAll(/^\| `([A-Z]+ \/[^`]*)` \| [^|]+ \| ([\d,; ]+) \|/gm)];
    const written = rows.map(
      ([, route, statuses]) =>
        `${route}: ${statuses
          ?.split(/[,; ]+/)
          .sort()
          .join(' ')}`,
    );
    expect(written.sort()).toEqual(expected.sort());
    expect(section).toContain(
      `any route may: ${everywhere.slice(0, -1).join(', ')} and ${everywhere.at(-1)}.`,
    );
  });

  it(`is what ${page} says`, () => {
    const text = `${JSON.stringify(document, null, 2)}\n`;
    if (process.env.UPDATE_DOCS === '1') writeFileSync(join(root, page), text);
    const written = existsSync(join(root, page)) ? readText(page) : '';
    expect(written === text, `${page} is out of date; rewrite it: ${rewrite}`).toBe(true);
  });

  it('is clean by the strict recommended rules of a linter', () => {
    const redocly = join(root, 'node_modules/@redocly/cli/bin/cli.js');
    const lint = (): unknown =>
      execFileSync(process.execPath, [redocly, 'lint', page, '--extends', 'recommended-strict'], {
        cwd: root,
        encoding: 'utf8',
        stdio: 'pipe',
        timeout: 60_000,
        env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', CI: 'true' },
      });
    expect(said(lint)).toBe('clean');
  });
});

function codesIn({ content = {} }: ResponseObject): string[] {
  return Object.keys(content['application/problem+json']?.examples ?? {});
}

/** Members of unions that are neither named, nor null, text or numbers, nor a list of such. */
function unnamedMembers(json: unknown): object[] {
  if (typeof json !== 'object' || json === null) return [];
  const { anyOf = [], oneOf = [], allOf = [] } = json as Readonly<Record<string, readonly Schema[]>>;
  const members = [...anyOf, ...oneOf, ...allOf].filter((member) => !isPlain(member));
  return [...members, ...Object.values(json).flatMap(unnamedMembers)];
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
}

function isPlain(schema: Schema): boolean {
  if (schema.$ref !== undefined) return true;
  if (schema.type === 'array') return schema.items !== undefined && isPlain(schema.items);
  const plain = ['null', 'string', 'number', 'integer', 'boolean'];
  return schema.enum === undefined && plain.includes(schema.type ?? '');
}

/** What a command complained of, or that it did not. */
function said(run: () => unknown): string {
  try {
    run();
    return 'clean';
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return `${stdout ?? ''}${stderr ?? String(error)}`;
  }
}
