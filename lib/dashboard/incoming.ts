import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

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
