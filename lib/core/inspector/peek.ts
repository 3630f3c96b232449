import { CopySearch, type FoundCopy, notAgreed, type Read } from './copy-search.js';
import { declaredHandle, type LookParts } from './declared-handle.js';
import { inTime } from '../base/in-time.js';

/** Where a handle says that a copy was put, and what its node says of it. */
export interface DqPeekedCopy {
  readonly node: string;
  /** Under which the node had it. */
  readonly number: number;
  /**
   * As in {@link DqTubeCounts}. `gone`: its node has it no more under this number; it was deleted, or a full node gave it to another one.
   * `unknown`: its node did not answer.
   */
  readonly state: 'scheduled' | 'ready' | 'running' | 'dead' | 'gone' | 'unknown';
}

/** What a copy has in it. */
export interface DqPeekedJob {
  /** The job's id; of a plain job, the md5 of its body. */
  readonly id: string;
  readonly format: 'native' | 'plain';
  /** As it was written: a retry or a move is known to the claim store alone. */
  readonly dueAt: Date;
  /** The caller's own key. */
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** That the job may have, where it says so itself. */
  readonly attempts: number | undefined;
  /** The recurring job that it is an occurrence of. */
  readonly schedule: string | undefined;
  /** The bytes that the tube's codec would read. */
  readonly payload: Buffer;
  /** True: it was scheduled as a `Buffer`, and no codec is asked. */
  readonly raw: boolean;
}

/** A job as its nodes show it. */
export interface DqPeek {
  readonly tube: string;
  readonly copies: readonly DqPeekedCopy[];
  /** Undefined when no node shows a copy. */
  readonly job: DqPeekedJob | undefined;
}

const STATES: Readonly<Record<string, DqPeekedCopy['state']>> = {
  delayed: 'scheduled',
  ready: 'ready',
  reserved: 'running',
  buried: 'dead',
};

/** Reads the copies that a handle names; of a node that has not answered in time nothing is known. Changes nothing. */
export async function peekAt(handle: string, parts: LookParts, ms: number): Promise<DqPeek> {
  const { parsed, tube } = declaredHandle(handle, parts);
  const { clock } = parts;
  const until = clock.monotonic() + ms;
  const search = new CopySearch(parsed, tube, parts.cluster);
  const agreed = parsed.id === undefined ? await inTime(clock, ms, search.agreed(), undefined) : undefined;
  if (parsed.id === undefined && agreed === undefined) throw notAgreed();
  const left = until - clock.monotonic();
  const reads = await Promise.all(search.reads.map((read) => inTime<Read>(clock, left, read, 'unknown')));
  const own = reads.map((read) => (isOther(read, agreed) ? 'absent' : read));
  const found = own.find((read): read is FoundCopy => typeof read === 'object');
  if (found === undefined) search.refuseCutOff();
  return {
    tube: tube.name,
    copies: parsed.copies.map(({ endpoint: node, number }, at) => ({ node, number, state: stateOf(own[at]) })),
    job: found && jobOf(found),
  };
}

/** A number alone may be another job by now. */
function isOther(read: Read, agreed: FoundCopy | 'absent' | undefined): boolean {
  if (agreed === undefined || typeof read !== 'object') return false;
  return agreed === 'absent' || read.key !== agreed.key;
}

function stateOf(read: Read | undefined): DqPeekedCopy['state'] {
  if (typeof read === 'object') return STATES[read.state] ?? 'unknown';
  return read === 'absent' ? 'gone' : 'unknown';
}

function jobOf({ id, envelope }: FoundCopy): DqPeekedJob {
  const { format, payload } = envelope;
  const dueAt = new Date(envelope.dueMs);
  if (format === 'plain') {
    const none = { key: undefined, headers: {}, attempts: undefined, schedule: undefined, raw: false };
    return { id, format, dueAt, ...none, payload };
  }
  const { headers = {}, attempts, schedule, raw = false } = envelope.header;
  return { id, format, dueAt, key: envelope.ownKey, headers, attempts, schedule: schedule?.name, payload, raw };
}
