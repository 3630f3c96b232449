import { generationKey, nativeClaimKey } from '../../../lib/core/claims/claim-key.js';
import type { ClaimStore } from '../../../lib/core/claims/claim-store.js';
import type { NodeDialer, TubeStats } from '../../../lib/core/cluster/node-connection.js';
import type { DqInspector } from '../../../lib/core/inspector/inspector.js';
import { resolveOptions } from '../../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../../lib/core/runtime.js';
import { nativePrefix } from '../../../lib/core/wire/envelope.js';
import { ClaimTable } from '../../../lib/embedded/claims/claim-table.js';
import { MemoryClaimStore } from '../../../lib/embedded/claims/memory-claim-store.js';
import { CarefulDialer } from '../../support/careful-connection.js';
import type { Link } from '../../../harness/distant-connection.js';
import { LoggedNode } from '../../../harness/logged-node.js';
import type { StoredJob } from '../../../lib/embedded/node/stored-job.js';
import { ManualClock } from '../../support/manual-clock.js';

export const TUBE = 'orders';
const HOLDER = { token: 'consumer', leaseMs: 30_000 };
const RETENTION_MS = 86_400_000;

export interface Letter {
  readonly id: string;
  /** Which write of a caller's own id it belongs to; default none. */
  readonly generation?: string;
  /** Nodes that have a copy; default all. */
  readonly nodes?: readonly number[];
}

export function keyOf({ id, generation }: Letter): string {
  const key = nativeClaimKey(TUBE, id);
  return generation === undefined ? key : generationKey(key, generation);
}

/** An inspector over nodes and claims in memory, on a clock in hand. Its nodes are `travelMs` away, each way. */
export class InspectorBed {
  readonly clock = new ManualClock();
  readonly claims = new ClaimTable(RETENTION_MS, this.clock);
  readonly nodes: readonly LoggedNode[];
  /** The most that was held at once on one node, as far as `over` has seen. */
  mostHeld = 0;
  #numbers = 0;

  constructor(
    readonly travelMs = 1,
    nodes = 1,
  ) {
    this.nodes = Array.from({ length: nodes }, (_, at) => {
      return new LoggedNode({ endpoint: `node-${at + 1}:11300`, clock: this.clock });
    });
  }

  /** Over these nodes and claims, unless told otherwise. */
  inspector(store: ClaimStore = new MemoryClaimStore(this.claims), dialers?: readonly NodeDialer[]): DqInspector {
    const link: Link = { carry: (_to, arrive) => void this.clock.after(this.travelMs, arrive) };
    const real = this.nodes.map((node) => new CarefulDialer(node, { commandDeadline: 3_000 }, () => link));
    const options = resolveOptions({ embedded: true, tubes: [TUBE] });
    const backend = { dialers: dialers ?? real, store, start: () => {} };
    return new DqRuntime(options, { clock: this.clock, backend: () => backend }).inspector;
  }

  /** The body of that letter. */
  body({ id, generation, nodes }: Letter): Buffer {
    const copies = nodes?.length ?? this.nodes.length;
    return Buffer.from(`${nativePrefix(this.clock.now(), id, copies, generation)}"it"`);
  }

  /** Buries copies, with the time to run of jobs from Go. The claim stays as it is. */
  bury(letter: Letter, body = this.body(letter)): void {
    for (const at of letter.nodes ?? this.nodes.keys()) {
      const id = ++this.#numbers;
      const times = { priority: 0, ttrSeconds: 5, dueAt: 0 };
      this.nodes[at]!.load([{ id, tube: TUBE, state: 'buried', ...times, body, byteLength: body.length }]);
    }
  }

  /** Buries copies, and makes the claim dead. */
  die(letter: Letter): void {
    this.bury(letter);
    this.fail(letter);
  }

  /** The job has been run, and is given up. */
  fail(letter: Letter): void {
    this.#run(letter, { kind: 'dead', reason: 'no luck' });
  }

  /** The job has been run, and is done. */
  finish(letter: Letter): void {
    this.#run(letter, { kind: 'done' });
  }

  counts(node = 0): TubeStats {
    return this.nodes[node]!.counts(TUBE);
  }

  get jobs(): StoredJob[] {
    return this.nodes.flatMap((node) => [...node.jobs()].filter(({ tube }) => tube.name === TUBE));
  }

  /** Lets time go by, `ms` at most, until the call is over, and looks at the nodes every 10 ms meanwhile. */
  async over<T>(call: Promise<T>, ms = 10_000): Promise<T> {
    const state = { over: false };
    const settle = (): void => void (state.over = true);
    call.then(settle, settle);
    await this.clock.settle();
    for (let passed = 0; !state.over; passed += 10) {
      if (passed >= ms) throw new Error(`the call was not over after ${ms} ms`);
      await this.clock.advance(10);
      for (const node of this.nodes.keys()) this.mostHeld = Math.max(this.mostHeld, this.counts(node).reserved);
    }
    return call;
  }

  #run(letter: Letter, outcome: { kind: 'dead'; reason: string } | { kind: 'done' }): void {
    const key = keyOf(letter);
    this.claims.claim(HOLDER, { key, dueMs: this.clock.now(), takeover: false });
    this.claims.settle(HOLDER, { key, attempt: 1, outcome, copies: this.nodes.length });
  }
}
