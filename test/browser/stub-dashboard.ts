import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { PageFiles } from '../../lib/dashboard/page-files.js';
import type { FailureView, LiveEvent } from '../../lib/dashboard/wire.js';
import { Gate } from '../support/gate.js';
import { views } from './canned-views.js';

export interface Asked {
  readonly method: string;
  /** Below `api/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

type Answer = (asked: Asked) => unknown;

/** What a stub answers that is no view. */
class Refused {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    this.status = status;
    this.body = body;
  }
}

const FILES = new PageFiles();

/** Serves the page with views that a real application has rarely: empty, failed, slow, hostile, many. */
export class StubDashboard {
  /** Every call of the API, in order. */
  readonly asked: Asked[] = [];
  /** The most reads that were under way at one time. */
  mostAtOnce = 0;
  readonly #answers = new Map<string, Answer>();
  readonly #listening = new Set<ServerResponse>();
  #server: Server | undefined;
  #port = 0;
  #underWay = 0;

  constructor() {
    this.reset();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/jobs/dq`;
  }

  /** On the port that it had before, if it had one. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => void server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** All views are as on an eventful day again. */
  reset(): void {
    this.asked.length = 0;
    this.mostAtOnce = 0;
    this.#underWay = 0;
    this.#answers.clear();
    for (const [path, view] of Object.entries(views)) this.#answers.set(path, view);
  }

  show(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
  }

  answerOf(path: string): Answer {
    return this.#answers.get(path) ?? (() => undefined);
  }

  fail(path: string, status: number, failure: FailureView | Record<string, unknown>): void {
    this.#answers.set(path, () => new Refused(status, failure));
  }

  /** Holds answers back until what it returns is called. */
  hold(path: string): () => void {
    const before = this.#answers.get(path);
    const gate = new Gate();
    this.#answers.set(path, async (asked) => {
      await gate.opened;
      return before?.(asked);
    });
    return () => gate.open();
  }

  /** Sends an event to whoever listens. */
  tell(event: LiveEvent): void {
    for (const response of this.#listening) response.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  get listeners(): number {
    return this.#listening.size;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', this.url);
    const below = pathname.replace(/^\/jobs\/dq\/?/, '');
    if (below === '') {
      const { html, policy } = FILES.page(pathname.endsWith('/') ? './' : './dq/');
      send(response, 200, 'text/html; charset=utf-8', html, { 'content-security-policy': policy });
    } else if (below.startsWith(`assets/${FILES.hash}/`)) {
      const file = FILES.get(below.slice(`assets/${FILES.hash}/`.length));
      if (file) send(response, 200, file.type, file.text, { 'cache-control': 'private, max-age=31536000, immutable' });
      else send(response, 404, 'text/plain', 'no such file');
    } else if (below === 'api/live') this.#follow(response);
    else await this.#answer(request, response, below.replace('api/', ''), query);
  }

  #follow(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    this.#listening.add(response);
    response.once('close', () => this.#listening.delete(response));
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: URLSearchParams,
  ): Promise<void> {
    const { method = 'GET', headers } = request;
    const sent = await text(request);
    const asked = { method, path, query, headers, body: sent === '' ? undefined : (JSON.parse(sent) as unknown) };
    this.asked.push(asked);
    const reads = method === 'GET';
    if (reads) this.#underWay += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay);
    const answer = this.#answers.get(path);
    const view =
      answer === undefined
        ? new Refused(404, { code: 'NOT_FOUND', message: `Nothing is at ${path}.` })
        : await answer(asked);
    if (reads) this.#underWay -= 1;
    const [status, body] = view instanceof Refused ? [view.status, view.body] : [200, view];
    send(response, status, 'application/json', JSON.stringify(body));
  }
}

function send(response: ServerResponse, status: number, type: string, body: string, headers = {}): void {
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(body);
}
