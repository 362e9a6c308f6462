import type { Router } from '../router.ts';
import type { BasePath } from './base-path.ts';

/** Sends who asks for the base path without its slash to the first page, from where links of the page lead on. */
export function baseRoute(router: Router, base: BasePath): void {
  if (base === '') return;
  router.on('GET', base, null, ({ raw: { url = '' } }, response) => {
    response.status = 308;
    response.header('location', `${base}/${url.slice(base.length)}`).empty();
  });
}
