import { identify } from '../../core/claims/job-identity.js';
import type { ClaimChange, ClaimRecord } from '../claims/claim-record.js';
import type { ClaimTable } from '../claims/claim-table.js';
import type { MemoryNode } from '../node/memory-node.js';
import type { OnRows } from './file-thread.js';
import type { FileJob, JobRow, RecordKind, RecordRow } from './file-rows.js';
import { RowNumbers } from './row-numbers.js';

const NEVER = { reserves: 0, timeouts: 0, releases: 0, buries: 0, kicks: 0 } as const;

/** What a file keeps, in memory: a node's jobs and the claims. */
export class FileContents {
  readonly rows: Readonly<Record<RecordKind, RowNumbers>> = {
    claim: new RowNumbers(),
    admission: new RowNumbers(),
    slot: new RowNumbers(),
  };
  readonly #node: MemoryNode;
  readonly #claims: ClaimTable;
  readonly #clock: { now(): number };
  nextNumber = 1;

  constructor(node: MemoryNode, claims: ClaimTable) {
    this.#node = node;
    this.#claims = claims;
    this.#clock = node.clock;
  }

  /** The disk has a new job: from now on it is there. */
  add(job: FileJob): void {
    const now = this.#clock.now();
    this.#node.load([{ ...job, delaySeconds: Math.max(0, (job.dueAt - now) / 1000), createdAt: now, ...NEVER }]);
  }

  /** Takes in what a file has: jobs last. */
  readonly load: OnRows = (message) => {
    if (message.of !== 'job') {
      this.#claims.load(this.#changes(message.of, message.rows));
      return;
    }
    for (const row of message.rows) {
      const job = jobIn(row);
      this.add(this.#isStillDead(job) ? job : { ...job, state: 'ready' });
    }
  };

  *#changes(of: RecordKind, rows: readonly RecordRow[]): Generator<ClaimChange> {
    for (const [row, key, value] of rows) {
      this.rows[of].load(key, row);
      const record = JSON.parse(value) as never;
      // Whoever ran it is dead, so nobody needs to wait for the end of the lease.
      yield of === 'claim' ? { of, key, record: withoutLease(record) } : { of, key, record };
    }
  }

  /** A node does not record that a dead letter was let go; its claim does. True for jobs that are not buried. */
  #isStillDead({ state, tube, body }: FileJob): boolean {
    if (state !== 'buried') return true;
    try {
      const { key } = identify(tube, typeof body === 'string' ? Buffer.from(body) : body);
      const { kind } = this.#claims.describeDead(key);
      return kind !== 'alive' && kind !== 'over';
    } catch {
      // No job, so without a claim.
      return true;
    }
  }
}

function withoutLease(record: ClaimRecord): ClaimRecord {
  return record.state === 'running' ? { ...record, leaseEnd: 0 } : record;
}

function jobIn([id, tube, state, dueAt, priority, ttrSeconds, kept]: JobRow): FileJob {
  const body = typeof kept === 'string' ? kept : Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength);
  return {
    id,
    tube,
    state: state as FileJob['state'],
    dueAt,
    priority,
    ttrSeconds,
    body,
    byteLength: Buffer.byteLength(body),
  };
}
