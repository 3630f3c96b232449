import type { OnReply, PutCommand, Reply } from '../../core/cluster/node-connection.js';

export type Verb =
  | 'put'
  | 'watch'
  | 'reserve'
  | 'reserve-job'
  | 'delete'
  | 'release'
  | 'bury'
  | 'touch'
  | 'peek'
  | 'peek-ready'
  | 'peek-delayed'
  | 'peek-buried'
  | 'kick-job'
  | 'stats'
  | 'stats-tube'
  | 'stats-job';

/** One command on its way to a node and back: the node writes its reply into it. */
export class Command {
  reply: Reply | undefined = undefined;

  constructor(
    readonly verb: Verb,
    readonly done: OnReply,
    /** On the monotonic clock. */
    readonly sentAt: number,
    /** On the monotonic clock: the connection is given up when there is no reply by then. */
    readonly deadline: number,
    /** A job's number. */
    readonly id: number,
    readonly priority: number,
    /** A delay, or the time to wait for a job. */
    readonly seconds: number,
    readonly tube: string,
    readonly job: PutCommand | undefined,
  ) {}
}
