import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Clock, Timer } from '../core/base/clock.js';
import { HEADERS } from './answers.js';
import { Refusal } from './failure.js';
import type { LiveEvents } from './live-events.js';
import type { LiveEvent } from './wire.js';

export const EVENT_STREAM = 'text/event-stream; charset=utf-8';
const MOST_STREAMS = 50;
/** Bytes that a browser has not taken. One that falls behind so far is cut off; it comes again, and is told what it missed of the log. */
const MOST_WAITING = 256 * 1_024;
/** Proxies end what is silent for long. Only while somebody looks. */
const BEAT_MS = 15_000;
const BEAT = ':\n\n';

/** A response of Express, or what Fastify has around one. */
export interface Outgoing {
  readonly raw?: ServerResponse;
  /** Fastify's: the response is ours from now on. */
  hijack?(): void;
}

/** The browsers that follow the events of this process, as server-sent events. */
export class LiveStreams {
  readonly #events: LiveEvents;
  readonly #clock: Clock;
  readonly #open = new Set<ServerResponse>();
  #beat: Timer | undefined;
  #closed = false;

  constructor(events: LiveEvents, clock: Clock) {
    this.#events = events;
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Told what came behind `lastSeq` first. @throws Refusal when there are too many, or the application is closing */
  add(response: Outgoing, lastSeq: number): void {
    if (this.#closed) throw new Refusal(503, 'CLOSING', 'The application is closing.');
    if (this.#open.size >= MOST_STREAMS)
      throw new Refusal(
        503,
        'TOO_MANY',
        `${MOST_STREAMS} browsers follow the events of this process already. Close one.`,
      );
    response.hijack?.();
    const raw = response.raw ?? (response as unknown as ServerResponse);
    // Who has left while a guard was thinking closes no second time.
    if (isGone(raw)) return;
    raw.writeHead(200, {
      ...HEADERS,
      'Cache-Control': 'no-store, no-transform',
      'Content-Type': EVENT_STREAM,
      Connection: 'close',
      'X-Accel-Buffering': 'no',
    });
    raw.on('error', () => {
      // It is gone, which 'close' says too.
    });
    raw.on('close', () => this.#remove(raw));
    raw.write('retry: 3000\n\n');
    for (const event of this.#events.since(lastSeq)) raw.write(textOf(event));
    this.#open.add(raw);
    if (this.#open.size > 1) return;
    this.#events.follow((event) => this.#send(textOf(event)));
    this.#beatLater();
  }

  /** Ends all, so that the server can close; later ones are refused. */
  close(): void {
    this.#closed = true;
    for (const raw of [...this.#open]) {
      raw.end();
      raw.socket?.destroy();
      this.#remove(raw);
    }
  }

  #send(text: string): void {
    for (const raw of [...this.#open]) {
      if (raw.writableLength > MOST_WAITING) raw.destroy();
      else raw.write(text);
    }
  }

  #remove(raw: ServerResponse): void {
    if (!this.#open.delete(raw) || this.#open.size > 0) return;
    this.#events.follow(undefined);
    this.#beat?.cancel();
  }

  #beatLater(): void {
    this.#beat = this.#clock.after(BEAT_MS, () => {
      this.#send(BEAT);
      this.#beatLater();
    });
  }
}

/** Of HTTP/2, the stream says it. */
function isGone(raw: ServerResponse & { readonly stream?: Http2ServerResponse['stream'] }): boolean {
  return raw.destroyed || raw.stream?.destroyed === true;
}

function textOf(event: LiveEvent): string {
  return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
}
