import type { DqCopiesSeen, DqJobStatus } from '../../core/inspector/job-status.js';
import { parseHandle } from '../../core/wire/handle.js';
import { moment } from '../base/moments.js';
import type { Cell } from '../base/print.js';
import type { Queue } from '../base/queue.js';

const MD5 = /^[0-9a-f]{32}$/;

/** States that are no words of their own. */
const SAID: Readonly<Partial<Record<DqJobStatus['state'], string>>> = {
  pending: 'pending: a call is writing it, or died while it did',
  foreign: 'taken by a Go consumer of dq, which says no more',
  unknown: 'unknown: it ended longer ago than is kept, or never existed',
};

/** What the states say of a job, each something else. */
interface Told {
  readonly state: DqJobStatus['state'];
  readonly dueAt?: Date;
  readonly copies?: DqCopiesSeen;
  readonly attempt?: number | undefined;
  readonly attempts?: number;
  readonly leaseEnds?: Date;
  readonly nextAt?: Date;
  readonly reason?: string;
}

/** Lets a handle be asked for. @throws DqHandleError */
export function declareHandle(queue: Queue, handle: string): void {
  const { tube, id } = parseHandle(handle);
  declareJob(queue, tube, id);
}

/** Lets a job be asked for. One without an id, or with an md5 for one, may be plain: both formats are tried in a plain tube, and only there. */
export function declareJob(queue: Queue, tube: string, id: string | undefined): void {
  queue.declare(tube, id === undefined || MD5.test(id) ? 'plain' : 'native');
}

/** What can be said of an id that no claim has, and that is not the next of its tube. */
export function unknownId(tube: string): string {
  return `unknown: no claim knows it. It waits for its first attempt in ${tube}, ended longer ago than is kept, or never existed. Its handle would tell.`;
}

/** What became of a job, for people. */
export function statusLines(status: DqJobStatus, nowMs: number): readonly (readonly [string, Cell | undefined])[] {
  const { state, dueAt, copies, attempt, attempts, leaseEnds, nextAt, reason }: Told = status;
  return [
    ['state', SAID[state] ?? state],
    ['due', dueAt && moment(dueAt, nowMs)],
    ['copies', copies && copiesOf(copies)],
    [state === 'retrying' ? 'attempts' : 'attempt', attempt?.toString()],
    ['lease ends', leaseEnds && moment(leaseEnds, nowMs)],
    ['next', nextAt && moment(nextAt, nowMs)],
    ['attempts', attempts?.toString()],
    ['reason', reason],
  ];
}

function copiesOf({ found, asked, unknown }: DqCopiesSeen): string {
  const of = asked === 0 ? '' : ` of ${asked}`;
  return `${found}${of} seen${unknown > 0 ? `, ${unknown} on nodes that did not answer` : ''}`;
}
