import { fileURLToPath } from 'node:url';
import { Problem } from '../problem.ts';
import type { Request, Response } from '../route.ts';
import type { Router } from '../router.ts';
import { type PageFile, pageFiles } from './files.ts';

/** Where the build puts the pages: the same place as seen from src/http/pages and from dist/http/pages. */
const built = fileURLToPath(new URL('../../../dist/web/', import.meta.url));

/** Each page of people, and the file that is sent for it. The names in an address are read by the page itself. */
const pages = {
  '/': 'index.html',
  '/new': 'new.html',
  '/cluster': 'cluster.html',
  '/play': 'play.html',
  '/g/:group': 'g/group.html',
  '/g/:group/vote': 'g/group/vote.html',
} as const;

/** A year: the name of an asset changes with its contents. */
const forEver = 'public, max-age=31536000, immutable';

/** The pages of people, and what they load: built files, each read once. */
export function pageRoutes(router: Router, folder: string = built): void {
  let files: ReadonlyMap<string, PageFile> | null = null;
  const file = (path: string): PageFile | undefined => {
    files ??= pageFiles(folder);
    return files.get(path);
  };

  for (const [path, name] of Object.entries(pages))
    router.on('GET', path, null, (request, response) => {
      const page = file(name);
      if (page === undefined)
        throw new Problem('not-found', 'the pages are not built on this server: run "npm run build" there');
      send(request, response.header('cache-control', 'no-cache'), page);
    });

  router.on('GET', '/assets/:id', null, (request, response) => {
    const asset = file(`assets/${request.params.id}`);
    if (asset === undefined)
      throw new Problem('not-found', 'there is no such file: the page that names it is of another version');
    send(request, response.header('cache-control', forEver), asset);
  });
}

function send({ headers }: Request, response: Response, { type, plain, packed, tag }: PageFile): void {
  response.header('etag', `"${tag}"`).header('vary', 'accept-encoding');
  if (headers['if-none-match'] === `"${tag}"`) {
    response.status = 304;
    response.empty();
    return;
  }
  // Whoever takes gzip says so by name; a weight of 0, which refuses it, is sent by nobody's browser.
  const packs = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(headers['accept-encoding']));
  if (packs) response.header('content-encoding', 'gzip');
  response.bytes(type, packs ? packed : plain);
}
