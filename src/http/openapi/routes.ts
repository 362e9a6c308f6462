import { jsonType } from '../route.ts';
import type { Router } from '../router.ts';
import { documentOf } from './document.ts';
import { docsIcon, docsPage, docsStyle } from './page.ts';

/** The document at /openapi.json and as a page at /docs, for all routes of the router. */
export function documentRoutes(router: Router, version: string): void {
  let text: string | null = null;
  let page: string | null = null;
  const document = () => documentOf(version, router.routes);

  router.route({
    method: 'GET',
    path: '/openapi.json',
    handle: (_request, response) => {
      text ??= JSON.stringify(document());
      response.send(jsonType, text);
    },
  });

  router.route({
    method: 'GET',
    path: '/docs',
    handle: (_request, response) => {
      page ??= docsPage(document());
      response.send('text/html; charset=utf-8', page);
    },
  });

  router.route({
    method: 'GET',
    path: '/docs/style.css',
    handle: (_request, response) => response.send('text/css; charset=utf-8', docsStyle),
  });

  router.route({
    method: 'GET',
    path: '/docs/icon.svg',
    handle: (_request, response) => response.send('image/svg+xml', docsIcon),
  });
}
