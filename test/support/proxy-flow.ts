import type { Socket } from 'node:net';

/** How one direction of a connection treats its bytes. */
export type Pace =
  /** As they come. */
  | { readonly kind: 'pass' }
  /** A partition: bytes wait, nobody is told, and all arrive when the pace changes. */
  | { readonly kind: 'hold' }
  /** Bytes vanish. TCP has no gaps, so a direction that lost bytes stays silent, whatever pace comes later. */
  | { readonly kind: 'swallow' }
  /** Each piece arrives `ms` later, plus up to `jitterMs`; the order is kept. */
  | { readonly kind: 'delay'; readonly ms: number; readonly jitterMs?: number }
  /** One byte every `everyMs`. */
  | { readonly kind: 'drip'; readonly everyMs: number };

interface Piece {
  readonly bytes: Buffer;
  /** In the time of `performance.now()`; it only counts while the pace is `delay`. */
  readonly dueAt: number;
}

/** One direction of one proxied connection: a queue of pieces and the pace at which they leave. */
export class ProxyFlow {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #random: () => number;
  #pace: Pace;
  #queue: Piece[] = [];
  #ended = false;
  #lossy = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(source: Socket, sink: Socket, pace: Pace, random: () => number) {
    this.#source = source;
    this.#sink = sink;
    this.#pace = pace;
    this.#random = random;
    source.on('data', (bytes: Buffer) => this.#take(bytes));
    source.on('end', () => this.finish());
    sink.on('drain', () => source.resume());
  }

  set pace(pace: Pace) {
    this.#pace = pace;
    this.#pump();
  }

  /** The source has closed: the sink hears of it after the last byte, as soon as the pace lets anything through. */
  finish(): void {
    this.#ended = true;
    this.#pump();
  }

  /** From now on bytes of this direction vanish. */
  sever(): void {
    this.#lossy = true;
    this.#pump();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#lossy = true;
  }

  #take(bytes: Buffer): void {
    const { ms, jitterMs = 0 } = this.#pace.kind === 'delay' ? this.#pace : { ms: 0 };
    const previous = this.#queue.at(-1)?.dueAt ?? 0;
    this.#queue.push({ bytes, dueAt: Math.max(previous, performance.now() + ms + jitterMs * this.#random()) });
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    const carries = this.#pace.kind !== 'hold' && this.#pace.kind !== 'swallow';
    this.#lossy ||= this.#pace.kind === 'swallow' && this.#queue.length > 0;
    if (this.#lossy) {
      this.#queue = [];
      if (this.#ended && carries) this.#sink.destroy();
      return;
    }
    while (this.#queue.length > 0) {
      const wait = this.#forwardFirst();
      if (wait === undefined) return;
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), wait);
        return;
      }
    }
    if (this.#ended && carries) this.#sink.end();
  }

  /** Forwards what may leave now. Says how long to wait before the next look; `undefined`: until the pace changes. */
  #forwardFirst(): number | undefined {
    const [first, ...rest] = this.#queue;
    if (!first || this.#pace.kind === 'hold') return undefined;
    if (this.#pace.kind === 'drip') {
      const tail = first.bytes.subarray(1);
      this.#write(first.bytes.subarray(0, 1));
      this.#queue = tail.length > 0 ? [{ ...first, bytes: tail }, ...rest] : rest;
      return this.#pace.everyMs;
    }
    const wait = this.#pace.kind === 'delay' ? first.dueAt - performance.now() : 0;
    if (wait > 0) return wait;
    this.#queue = rest;
    this.#write(first.bytes);
    return 0;
  }

  #write(bytes: Buffer): void {
    if (this.#sink.writable && !this.#sink.write(bytes)) this.#source.pause();
  }
}
