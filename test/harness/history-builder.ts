import type { CopyState, HistoryEvent } from '../../harness/history/history-event.js';

/** Writes a history as a test tells it: each step takes a moment, unless it says when. */
export class HistoryBuilder {
  readonly events: HistoryEvent[] = [];
  #now = 1_000_000;

  get now(): number {
    return this.#now;
  }

  /** Lets time go by. */
  wait(ms: number): this {
    this.#now += ms;
    return this;
  }

  call(seq: number, { by = 'producer-1', dueMs = this.#now }: { by?: string; dueMs?: number } = {}): this {
    return this.#add({ kind: 'call', at: this.#tick(), by, seq, dueMs });
  }

  acked(seq: number, { by = 'producer-1', id = `id-${seq}`, nodes = ['a', 'b', 'c'] } = {}): this {
    return this.#add({ kind: 'acked', at: this.#tick(), by, seq, id, nodes });
  }

  rejected(seq: number, { safe = true, code = 'DQ_QUORUM', by = 'producer-1' } = {}): this {
    return this.#add({ kind: 'rejected', at: this.#tick(), by, seq, code, safe, reason: 'too few nodes' });
  }

  /** Called and acknowledged. */
  scheduled(seq: number, dueMs = this.#now): this {
    return this.call(seq, { dueMs }).acked(seq);
  }

  start(seq: number, { by = 'consumer-1', attempt = 1, dueMs = 0, id = `id-${seq}`, intact = true } = {}): this {
    return this.#add({ kind: 'start', at: this.#tick(), by, seq, id, attempt, dueMs, intact });
  }

  end(
    seq: number,
    {
      by = 'consumer-1',
      attempt = 1,
      outcome = 'ok',
    }: { by?: string; attempt?: number; outcome?: 'ok' | 'failed' } = {},
  ): this {
    return this.#add({ kind: 'end', at: this.#tick(), by, seq, attempt, outcome });
  }

  /** Started and come to a good end. */
  ran(seq: number, by = 'consumer-1', attempt = 1): this {
    return this.start(seq, { by, attempt }).end(seq, { by, attempt });
  }

  aborted(seq: number, reason: string, { by = 'consumer-1', attempt = 1 } = {}): this {
    return this.#add({ kind: 'aborted', at: this.#tick(), by, seq, attempt, reason });
  }

  revoked(seq: number, outcome = 'revoked', by = 'producer-1'): this {
    this.#add({ kind: 'revoke', at: this.#tick(), by, seq });
    return this.#add({ kind: 'revoke-answer', at: this.#tick(), by, seq, outcome });
  }

  told(type: string, id: string, by = 'consumer-1'): this {
    return this.#add({ kind: 'told', at: this.#tick(), by, type, id, text: '' });
  }

  died(by: string): this {
    return this.#add({ kind: 'gone', at: this.#tick(), by, asked: false, how: 'killed by SIGKILL' });
  }

  closed(by: string, how = 'by itself'): this {
    return this.#add({ kind: 'gone', at: this.#tick(), by, asked: true, how });
  }

  fault(name: string, on: boolean, nodes: readonly string[] = []): this {
    return this.#add({ kind: 'fault', at: this.#tick(), name, on, nodes });
  }

  stalled(by: string, on: boolean): this {
    return this.#add({ kind: 'stalled', at: this.#tick(), by, on });
  }

  /** The store forgets what it was told for so long before now; by default all. */
  storeEmptied(ms = this.#now): this {
    return this.#add({ kind: 'store-emptied', from: this.#now - ms, at: this.#tick() });
  }

  taken(seq: number, id: string, state: string, by = 'producer-1'): this {
    return this.#add({ kind: 'taken', at: this.#tick(), by, seq, id, state });
  }

  nodeEmptied(node: string): this {
    return this.#add({ kind: 'node-emptied', at: this.#tick(), node });
  }

  leftover(state: CopyState, seq?: number, node = 'a'): this {
    return this.#add({ kind: 'leftover', at: this.#tick(), node, state, ...(seq === undefined ? {} : { seq }) });
  }

  #add(event: HistoryEvent): this {
    this.events.push(event);
    return this;
  }

  #tick(): number {
    this.#now += 1;
    return this.#now;
  }
}
