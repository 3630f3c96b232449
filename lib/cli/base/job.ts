import type { DqJobStatus } from '../../core/inspector/job-status.js';
import { parseHandle } from '../../core/wire/handle.js';
import { moment } from './moments.js';
import type { Cell } from './print.js';
import type { Queue } from './queue.js';

const MD5 = /^[0-9a-f]{32}$/;

/** Lets a handle be asked for. One without an id, or with an md5 for one, may be of a plain job. @throws DqHandleError */
export function declareHandle(queue: Queue, handle: string): void {
  const { tube, id } = parseHandle(handle);
  queue.declare(tube, formatOf(id));
}

/** Lets a job be asked for by its id. */
export function declareIdOf(queue: Queue, tube: string, id: string): void {
  queue.declare(tube, formatOf(id));
}

/** Both formats are tried in a plain tube, and only there. */
function formatOf(id: string | undefined): 'plain' | 'native' {
  return id === undefined || MD5.test(id) ? 'plain' : 'native';
}

/** What can be said of an id that no claim has, and that is not the next of its tube. */
export function unknownId(tube: string): string {
  return `unknown: no claim knows it. It waits for its first attempt in ${tube}, ended longer ago than is kept, or never existed. Its handle would tell.`;
}

/** What became of a job, for people. */
export function statusLines(status: DqJobStatus, nowMs: number): readonly (readonly [string, Cell | undefined])[] {
  switch (status.state) {
    case 'scheduled':
      return [
        ['state', 'scheduled'],
        ['due', moment(status.dueAt, nowMs)],
        ['copies', status.copies && copiesOf(status.copies)],
      ];
    case 'pending':
      return [
        ['state', 'pending: a call is writing it, or died while it did'],
        ['due', moment(status.dueAt, nowMs)],
      ];
    case 'running':
      return [
        ['state', 'running'],
        ['attempt', String(status.attempt)],
        ['lease ends', moment(status.leaseEnds, nowMs)],
      ];
    case 'retrying':
      return [
        ['state', 'retrying'],
        ['attempts', String(status.attempt)],
        ['next', moment(status.nextAt, nowMs)],
      ];
    case 'done':
      return [
        ['state', 'done'],
        ['attempt', status.attempt === undefined ? undefined : String(status.attempt)],
      ];
    case 'dead':
      return [
        ['state', 'dead'],
        ['attempts', String(status.attempts)],
        ['reason', status.reason],
      ];
    case 'revoked':
      return [['state', 'revoked']];
    case 'foreign':
      return [['state', 'taken by a Go consumer of dq, which says no more']];
    case 'unknown':
      return [['state', 'unknown: it ended longer ago than is kept, or never existed']];
    default:
      return [];
  }
}

function copiesOf({
  found,
  asked,
  unknown,
}: {
  readonly found: number;
  readonly asked: number;
  readonly unknown: number;
}): string {
  const of = asked === 0 ? '' : ` of ${asked}`;
  return `${found}${of} seen${unknown > 0 ? `, ${unknown} on nodes that did not answer` : ''}`;
}
