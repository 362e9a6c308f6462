import { type OpenApi, type OperationObject, responsesOf } from './document.ts';
import { parameters } from './parameters.ts';
import type { MediaType, ResponseObject } from './responses.ts';

/** The document as one page of HTML: no script, nothing from elsewhere. */
export function docsPage(document: OpenApi): string {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = document.tags as readonly { readonly name: string; readonly description: string }[];
  const groups = tags.map((tag) => ({
    ...tag,
    listed: all.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  const menu = groups.map(
    ({ name, listed }) =>
      `<h2>${name}</h2><ul>${listed
        .map(({ operation }) => `<li><a href="#${operation.operationId}">${operation.operationId}</a></li>`)
        .join('')}</ul>`,
  );
  const sections = groups.map(
    ({ name, description, listed }) =>
      `<section><h2 id="${name}">${name}</h2><p>${text(description)}</p>${listed
        .map((one) => article(document, one))
        .join('')}</section>`,
  );
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${name}"><summary><code>${name}</code></summary>${code(schema)}</details>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Quorate: the HTTP interface</title>
<link rel="stylesheet" href="docs/style.css">
<link rel="icon" type="image/svg+xml" href="docs/icon.svg">
</head>
<body>
<nav aria-label="Operations"><h1>Quorate <small>${text(document.info.version)}</small></h1>
<p><a href="openapi.json">openapi.json</a></p>${menu.join('')}<h2><a href="#schemas">schemas</a></h2></nav>
<main><p>${document.info.description.split('\n').map(text).join('<br>')}</p>
${sections.join('\n')}
<section><h2 id="schemas">schemas</h2>${schemas.join('')}</section>
</main>
</body>
</html>
`;
}

interface Listed {
  readonly path: string;
  readonly method: string;
  readonly operation: OperationObject;
}

function article(document: OpenApi, { path, method, operation }: Listed): string {
  const { operationId, summary, requestBody } = operation;
  const responses = Object.entries(responsesOf(document, operation));
  const successes = responses.filter(([status]) => Number(status) < 400);
  const errors = responses.filter(([status]) => Number(status) >= 400);
  return `<article id="${operationId}">
<h3><span class="method ${method}">${method.toUpperCase()}</span> <code>${text(path)}</code></h3>
<p>${text(summary)}</p>
${parameterTable(operation)}
<pre class="ask">${text(curlOf(method, operation))}</pre>
${requestBody === undefined ? '' : `<p>Body: ${schemaLink(Object.values(requestBody.content)[0] as MediaType)}</p>`}
${successes.map(([status, one]) => successBlock(status, one)).join('')}
<details><summary>Errors</summary><table><tbody>${errors
    .map(([status, one]) => errorRow(status, one))
    .join('')}</tbody></table></details>
</article>`;
}

function parameterTable({ parameters: refs }: OperationObject): string {
  if (refs.length === 0) return '';
  const rows = refs.map(({ $ref }) => {
    const one = parameters[$ref.slice($ref.lastIndexOf('/') + 1) as keyof typeof parameters];
    return `<tr><td><code>${text(one.name)}</code></td><td>${one.in}</td><td>${text(one.description)}</td></tr>`;
  });
  return `<table><thead><tr><th>parameter</th><th>in</th><th>meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

/** The operation's example as a line for a shell; its address is that of a server on this machine. */
export function curlOf(method: string, operation: OperationObject): string {
  const { path, headers = {} } = operation['x-example'];
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.example;
  const words = method === 'get' ? ['curl'] : ['curl', '-X', method.toUpperCase()];
  for (const [name, value] of Object.entries(headers)) words.push('-H', quoted(`${name}: ${value}`));
  if (typeof body === 'string') words.push('--data-binary', quoted(body));
  else if (body !== undefined)
    words.push('-H', quoted('content-type: application/json'), '-d', quoted(JSON.stringify(body)));
  return [...words, quoted(`http://127.0.0.1:5000${path}`)].join(' ');
}

function successBlock(status: string, { description, content = {} }: ResponseObject): string {
  const shown = Object.entries(content).map(([type, media]) => {
    const example = typeof media.example === 'string' ? pre(media.example) : code(media.example);
    return `<details><summary>${type} ${schemaLink(media)}</summary>${example}</details>`;
  });
  return `<p><b class="status">${status}</b> ${text(description)}</p>${shown.join('')}`;
}

function errorRow(status: string, { description }: ResponseObject): string {
  return `<tr><td><b class="status">${status}</b></td><td>${text(description)}</td></tr>`;
}

function schemaLink({ schema }: MediaType): string {
  // Of lines: the schema of each.
  const lines = schema.contentSchema as { readonly $ref?: string } | undefined;
  const name = String(schema.$ref ?? lines?.$ref ?? '')
    .split('/')
    .at(-1);
  return name === undefined || name === '' ? '' : `<a href="#schema-${name}">${name}</a>`;
}

const code = (json: unknown): string => pre(JSON.stringify(json, null, 2));
const pre = (content: string): string => `<pre>${text(content)}</pre>`;

/** In single quotes, as a shell reads it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Text as HTML; what stands between backticks becomes code. */
function text(plain: string): string {
  return plain
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** Two of three agree. */
export const docsIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<circle cx="4.5" cy="11" r="3.5" fill="#0b57a4"/><circle cx="11.5" cy="11" r="3.5" fill="#0b57a4"/>
<circle cx="8" cy="4.5" r="3" fill="none" stroke="#0b57a4"/></svg>
`;

export const docsStyle = `:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: light-dark(#0b57a4, #7db7f2); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 2rem;
  padding: 0 1.5rem; font: 16px/1.5 system-ui, sans-serif; }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow: auto; padding: 1rem 0; font-size: .875rem; }
nav h1 { font-size: 1.25rem; margin: 0; } nav h2 { font-size: .875rem; margin: 1rem 0 .25rem; }
nav ul { list-style: none; margin: 0; padding: 0; } small { font-weight: normal; opacity: .7; }
a { color: var(--accent); text-decoration: none; } a:hover, a:focus-visible { text-decoration: underline; }
main { padding: 1rem 0 4rem; } section > h2 { margin: 2.5rem 0 0; text-transform: capitalize; }
article { border: 1px solid var(--line); border-radius: .5rem; padding: .25rem 1.25rem 1rem; margin: 1rem 0; }
article { scroll-margin-top: 1rem; } article:target { border-color: var(--accent); } h3 { font-size: 1rem; overflow-wrap: anywhere; }
.method { display: inline-block; min-width: 4.5rem; padding: 0 .5rem; border-radius: .25rem; text-align: center;
  font-size: .8rem; color: #fff; background: #555; }
.get { background: #1a6b3c; } .put { background: #8a5200; } .post { background: #0b57a4; } .delete { background: #a52a2a; }
code, pre { font: .85em/1.5 ui-monospace, monospace; } td code, p code { background: var(--soft); padding: 0 .25em; }
pre { background: var(--soft); border-radius: .25rem; padding: .75rem; overflow: auto; margin: .5rem 0; }
pre.ask { white-space: pre-wrap; overflow-wrap: anywhere; border-left: 3px solid var(--accent); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
summary { cursor: pointer; } .status { font-variant-numeric: tabular-nums; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; max-height: none; } }
`;
