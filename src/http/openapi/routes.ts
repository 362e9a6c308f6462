import type { BasePath } from '../edge/base-path.ts';
import { jsonType } from '../route.ts';
import type { Router } from '../router.ts';
import { documentOf } from './document.ts';
import { anyRoute } from './error-sets.ts';
import type { Operation } from './operation.ts';
import { docsIcon, docsPage, docsStyle } from './page.ts';

const getOpenApi: Operation = {
  id: 'getOpenApi',
  access: 'anyone',
  tag: 'operations',
  summary: 'This document',
  parameters: [],
  responses: {
    200: { description: 'OpenAPI 3.1.', content: { 'application/json': { example: { openapi: '3.1.1' } } } },
  },
  errors: anyRoute,
  example: { path: '/openapi.json' },
};

/** The document at /openapi.json and as a page at /docs, for all routes of the router. */
export function documentRoutes(router: Router, version: string, basePath: BasePath): void {
  let text: string | null = null;
  let page: string | null = null;
  const document = () => documentOf(version, router.routes, basePath);

  router.on('GET', '/openapi.json', getOpenApi, (_request, response) => {
    text ??= JSON.stringify(document());
    response.send(jsonType, text);
  });

  router.on('GET', '/docs', null, (_request, response) => {
    page ??= docsPage(document());
    response.send('text/html; charset=utf-8', page);
  });

  router.on('GET', '/docs/style.css', null, (_request, response) =>
    response.send('text/css; charset=utf-8', docsStyle),
  );

  router.on('GET', '/docs/icon.svg', null, (_request, response) => response.send('image/svg+xml', docsIcon));
}
