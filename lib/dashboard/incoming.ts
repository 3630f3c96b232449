import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { shown } from '../core/errors/shown.js';
import { Refusal } from './failure.js';

/** What Express and Fastify both have of a request. Nothing of it passes through the application's pipes. */
export interface Incoming {
  readonly method: string;
  readonly url: string;
  /** With what a parent application has cut off. */
  readonly originalUrl?: string;
  readonly headers: IncomingHttpHeaders;
  readonly params: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Fastify's. */
  readonly raw?: IncomingMessage;
}

/** The path as it was asked for, and the query, whatever the application does to read it. */
export function targetOf({ originalUrl, url }: Incoming): { readonly path: string; readonly query: URLSearchParams } {
  const [path = '/', query = ''] = (originalUrl ?? url).split('?', 2);
  return { path, query: new URLSearchParams(query) };
}

/** A number in a query; undefined where it is not given. @throws Refusal */
export function wholeIn(text: string | null, name: string, min: number, max: number): number | undefined {
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Refusal(400, 'BAD_REQUEST', `Expected ${name} from ${min} to ${max}, got ${shown(text)}.`);
}

/** A text in a query. @throws Refusal when it is not given */
export function textIn(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value !== null && value !== '') return value;
  throw new Refusal(400, 'BAD_REQUEST', `Expected ${name} in the query, got none.`);
}
