import type { FastifyInstance } from 'fastify';
import { documentOf, type Route } from './document.ts';
import { docsIcon, docsPage, docsStyle } from './page.ts';

/** The routes of an app. */
export interface Routes {
  /** Methods that this path takes. */
  methodsAt(path: string): readonly string[];
}

/** The document at /openapi.json and as a page at /docs, for the routes registered after this call. */
export function documentRoutes(app: FastifyInstance, version: string): Routes {
  const routes: Route[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, path: url });
  });
  let text: string | null = null;
  let page: string | null = null;

  app.get('/openapi.json', async (_request, reply) => {
    text ??= JSON.stringify(documentOf(version, routes));
    return reply.type('application/json').send(text);
  });

  app.get('/docs', async (_request, reply) => {
    page ??= docsPage(documentOf(version, routes));
    return reply.type('text/html; charset=utf-8').send(page);
  });

  app.get('/docs/style.css', async (_request, reply) => {
    return reply.type('text/css; charset=utf-8').send(docsStyle);
  });

  app.get('/docs/icon.svg', async (_request, reply) => {
    return reply.type('image/svg+xml').send(docsIcon);
  });

  return {
    methodsAt: (path) => [
      ...new Set(routes.filter((one) => leads(one.path, path)).map(({ method }) => method)),
    ],
  };
}

/** Whether a path is one of this route, e.g. `/v1/groups/deploy` of `/v1/groups/:group`. */
function leads(url: string, path: string): boolean {
  const parts = path.split('/');
  const wanted = url.split('/');
  return (
    parts.length === wanted.length && wanted.every((part, i) => part.startsWith(':') || part === parts[i])
  );
}
