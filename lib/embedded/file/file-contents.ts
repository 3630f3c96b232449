import { identify } from '../../core/claims/job-identity.js';
import type { ClaimTable } from '../claims/claim-table.js';
import type { MemoryNode } from '../node/memory-node.js';
import { changeLine, fileLine, type FileJob, type FileRecord, jobLine, numbersLine } from './record.js';

const NEVER = { reserves: 0, timeouts: 0, releases: 0, buries: 0, kicks: 0 } as const;

/** What a file keeps, in memory: a node's jobs and the claims. */
export class FileContents {
  readonly #node: MemoryNode;
  readonly #claims: ClaimTable;
  readonly #clock: { now(): number };
  #jobs = 0;
  #nextNumber = 1;

  constructor(node: MemoryNode, claims: ClaimTable) {
    this.#node = node;
    this.#claims = claims;
    this.#clock = node.clock;
  }

  /** Lines that a file without garbage has, but for a few. */
  get size(): number {
    return this.#jobs + this.#claims.size;
  }

  /** A number that no job has had. */
  takeNumber(): number {
    return this.#nextNumber++;
  }

  /** The disk has a new job: from now on it is there. */
  add(job: FileJob): void {
    this.#jobs++;
    const now = this.#clock.now();
    this.#node.load([{ ...job, delaySeconds: Math.max(0, (job.dueAt - now) / 1000), createdAt: now, ...NEVER }]);
  }

  /** A job was deleted from the node. */
  gone(): void {
    this.#jobs--;
  }

  /** All of it, as lines. What changes meanwhile may be in them or not: it has lines of its own, which come later. */
  *lines(): Generator<string> {
    yield fileLine();
    yield numbersLine(this.#nextNumber);
    for (const job of this.#node.kept()) yield jobLine(job);
    for (const change of this.#claims.dump()) yield changeLine(change);
  }

  /** Takes in what a file has. To be called once, with its records in order, and `loaded` at their end; both call `onPart`. */
  loading(onPart: () => void): { readonly tell: (record: FileRecord) => void; readonly loaded: () => void } {
    const jobs = new Map<number, FileJob>();
    const tell = (record: FileRecord): void => {
      onPart();
      switch (record.of) {
        case 'numbers':
          this.#nextNumber = Math.max(this.#nextNumber, record.next);
          break;
        case 'job':
          jobs.set(record.job.id, record.job);
          this.#nextNumber = Math.max(this.#nextNumber, record.job.id + 1);
          break;
        case 'move': {
          const known = jobs.get(record.move.id);
          if (known !== undefined) jobs.set(known.id, { ...known, ...record.move });
          break;
        }
        case 'gone':
          jobs.delete(record.id);
          break;
        case 'claim': {
          // Whoever ran it is dead, or has lost the file, so nobody needs to wait for the end of the lease.
          const claim = record.record.state === 'running' ? { ...record.record, leaseEnd: 0 } : record.record;
          this.#claims.load([{ of: 'claim', key: record.key, record: claim }]);
          break;
        }
        case 'admission':
          this.#claims.load([record]);
          break;
        case 'file':
      }
    };
    const loaded = (): void => {
      for (const job of jobs.values()) {
        onPart();
        this.add(this.#isStillDead(job) ? job : { ...job, state: 'ready' });
      }
      jobs.clear();
    };
    return { tell, loaded };
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
