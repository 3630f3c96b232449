import { noteServerTime } from './clock.js';
import { answered, lost } from './connection.js';
import { Failure } from './failure.js';

/** @typedef {import('../wire-actions.js').ActionView} ActionView */

/** This file is at `assets/<hash>/api.js` below the dashboard's own path, however the page's address ends. */
const base = new URL('../../api/', import.meta.url);
/** Milliseconds until a view counts as not answered, and an action: with very many dead letters one takes half a minute. */
const PATIENCE = { view: 15_000, action: 60_000 };
/** What a proxy says when the application behind it is away. */
const PROXY_ALONE = new Set([502, 503, 504]);

/** @type {Promise<unknown>} */
let turn = Promise.resolve();

/**
 * Reads a view. One is read at a time: the others wait for their turn.
 *
 * @template T
 * @param {string} path below `api/`
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export function read(path, signal) {
  const mine = turn.then(() => ask(path, { signal }));
  turn = mine.catch(() => undefined);
  return /** @type {Promise<T>} */ (mine);
}

/**
 * Asks for an action.
 *
 * @param {string} path below `api/`
 * @param {object} body
 * @returns {Promise<ActionView>}
 */
export async function act(path, body) {
  const headers = { 'content-type': 'application/json', 'x-dq-dashboard': '1' };
  return /** @type {ActionView} */ (await ask(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

/** @param {string} path */
export function urlOf(path) {
  return new URL(path, base).href;
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<unknown>}
 */
async function ask(path, init) {
  init.signal?.throwIfAborted();
  const late = AbortSignal.timeout(init.method === 'POST' ? PATIENCE.action : PATIENCE.view);
  const signal = init.signal ? AbortSignal.any([init.signal, late]) : late;
  /** @type {Response} */
  let response;
  /** @type {string} */
  let text;
  try {
    response = await fetch(urlOf(path), { ...init, signal, redirect: 'manual' });
    text = await response.text();
  } catch (error) {
    if (init.signal?.aborted) throw error;
    lost();
    throw new Failure('AWAY', 'The application does not answer.', { away: true, cause: error });
  }
  const body = parsed(text);
  if (PROXY_ALONE.has(response.status) && body?.code === undefined) {
    lost();
    throw new Failure('AWAY', `The application does not answer (HTTP ${response.status}).`, { away: true });
  }
  answered();
  if (response.ok && body !== undefined) {
    if (typeof body.at === 'number') noteServerTime(body.at);
    return body;
  }
  throw failureOf(response, body);
}

/**
 * @param {Response} response
 * @param {Record<string, unknown> | undefined} body
 */
function failureOf({ status, type, ok }, body) {
  if (type === 'opaqueredirect' || ok) {
    return new Failure('HTTP_401', 'The application answered with another page than this one, such as a login.');
  }
  const code = typeof body?.code === 'string' ? body.code : `HTTP_${status}`;
  const said = typeof body?.message === 'string' ? body.message : 'it did not say why';
  return new Failure(code, body?.code === undefined ? `The application refused (HTTP ${status}): ${said}.` : said);
}

/**
 * @param {string} text
 * @returns {Record<string, unknown> | undefined} undefined: it is no object of JSON
 */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
