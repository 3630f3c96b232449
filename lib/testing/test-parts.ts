import { DqOptionsError } from '../core/errors/argument.errors.js';
import type { ResolvedOptions } from '../core/options/resolved-options.js';
import type { Backend, RuntimeParts } from '../core/runtime.js';
import { ClaimTable } from '../embedded/claims/claim-table.js';
import type { NodeLog } from '../embedded/node/kept-job.js';
import { MemoryNode } from '../embedded/node/memory-node.js';
import { HandlerCalls } from './handler-calls.js';
import { JobLedger } from './job-ledger.js';
import { Gate, TestedClaimStore } from './tested-claim-store.js';
import { TestedDialer, type Traffic } from './tested-connection.js';
import type { ResolvedSettings } from './testing-settings.js';
import { replaceDate } from './virtual-date.js';
import { VirtualClock } from './virtual-clock.js';

/** A node that keeps no log is warned of, as one that a restart would empty. */
const NEVER_RESTARTED: NodeLog = { kept: () => {}, gone: () => {} };

/**
 * What the runtime of one test is given in place of the machine and the servers: virtual time, nodes and claims in memory (one node for each
 * that the options name), ids that are numbered, and no jitter.
 */
export class TestParts implements RuntimeParts {
  readonly clock: VirtualClock;
  readonly ledger: JobLedger;
  readonly calls: HandlerCalls;
  readonly gate = new Gate();
  readonly traffic: Traffic = { moves: 0 };
  readonly patienceMs: number;
  /** Claims, and what is beside them. */
  claims: ClaimTable | undefined;
  readonly #date: ResolvedSettings['date'];
  #restoreDate: () => void = () => {};
  #ids = 0;

  constructor({ now = Date.now(), date, patienceMs }: ResolvedSettings) {
    this.clock = new VirtualClock(now, typeof date === 'function' ? date : undefined);
    this.patienceMs = patienceMs;
    this.ledger = new JobLedger(this.clock);
    this.calls = new HandlerCalls((key, call) => this.ledger.started(key, call));
    this.#date = date;
  }

  /** Exponential backoff waits exactly as long as its formula says. */
  readonly random = (): number => 0;

  readonly newId = (): string => `job-${String(++this.#ids).padStart(7, '0')}`;

  readonly backend = ({ endpoints, maxBodyBytes, retentionMs, doneRetentionMs }: ResolvedOptions): Backend => {
    const { clock, ledger } = this;
    const nodes = endpoints.map(
      ({ name }) =>
        new MemoryNode({ endpoint: name, clock, maxJobBytes: maxBodyBytes, log: NEVER_RESTARTED, yields: true }),
    );
    const table = new ClaimTable(retentionMs, clock, doneRetentionMs);
    this.claims = table;
    return {
      dialers: nodes.map((node) => new TestedDialer(node, ledger, this.traffic)),
      store: new TestedClaimStore(table, this.gate, ledger),
      start: () => {},
    };
  };

  /** Lets `Date` tell virtual time, if the settings ask for it. @throws DqDateTakenError */
  takeDate(isUsed: () => boolean): void {
    const { clock } = this;
    if (typeof this.#date === 'function') this.#date(clock.now());
    if (this.#date === true) this.#restoreDate = replaceDate({ now: () => clock.now(), isUsed });
  }

  close(): void {
    this.#restoreDate();
    this.clock.clear();
  }
}

/** The parts of a module that is under test. @throws DqOptionsError when it is not */
export function requireTestParts(parts: unknown): TestParts {
  if (parts instanceof TestParts) return parts;
  throw new DqOptionsError(
    'Expected a module under virtual time, got one with servers. Import DqTestingModule.forRoot in place of DqModule.forRoot, or ' +
      'wrap the builder: useDqTesting(Test.createTestingModule(...)).',
  );
}
