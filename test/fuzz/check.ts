// @ts-nocheck
import { catalogue } from '../../src/core/errors.ts';

/** What is wrong with an answer, as texts; none when it is one that the documentation knows. */
export function faultsOf({ method, status, headers, body }) {
  const faults = [];
  const type = String(headers['content-type'] ?? '');
  if (status === 500) faults.push('a mistake of the server');
  if (headers['x-content-type-options'] !== 'nosniff') faults.push('no nosniff');
  if (/\bat .*\.[jt]s:\d+|node_modules|node:internal/.test(body)) faults.push('a stack trace in the answer');
  for (const [name, value] of Object.entries(headers))
    if (hasControl(String(value))) faults.push(`a control character in ${name}`);
  if (headers['access-control-allow-origin'] !== undefined) faults.push('a CORS header');
  if (status < 200 || status > 599 || (status >= 300 && status < 400 && status !== 304))
    faults.push(`status ${status}`);
  if (method === 'HEAD') return faults;
  if (status >= 400) faults.push(...problemFaults(status, type, body));
  else if (body !== '' && type.startsWith('application/json') && parse(body) === undefined)
    faults.push('JSON that cannot be read');
  return faults;
}

function problemFaults(status, type, body) {
  if (!type.startsWith('application/problem+json')) return [`an error of type ${JSON.stringify(type)}`];
  const problem = parse(body);
  if (typeof problem !== 'object' || problem === null) return ['a problem that cannot be read'];
  const faults = [];
  if (!Object.hasOwn(catalogue, problem.code)) faults.push(`code ${problem.code} is not in the catalogue`);
  else if (catalogue[problem.code].status !== status)
    faults.push(`code ${problem.code} with status ${status}`);
  if (problem.type !== `urn:quorate:error:${problem.code}`) faults.push(`type ${problem.type}`);
  if (problem.status !== status) faults.push(`status ${problem.status} in the body`);
  for (const member of ['title', 'detail', 'fix'])
    if (typeof problem[member] !== 'string' || problem[member] === '') faults.push(`no ${member}`);
  if (!['not-executed', 'unknown'].includes(problem.outcome)) faults.push(`outcome ${problem.outcome}`);
  if (status < 500 && problem.outcome === 'unknown') faults.push('a refusal that may have been done');
  return faults;
}

function hasControl(text) {
  for (let i = 0; i < text.length; i += 1)
    if (text.charCodeAt(i) < 32 || text.charCodeAt(i) === 127) return true;
  return false;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
