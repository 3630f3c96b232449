import type { DqError } from '../errors/dq.error.js';

/** What a node says of itself. Its counts begin anew with each start. */
export interface NodeStats {
  /** Random in each process; empty when it does not say. */
  readonly id: string;
  readonly version: string;
  readonly draining: boolean;
  /** Whether it keeps a log. */
  readonly logs: boolean;
  readonly records: number;
  readonly puts: number;
  readonly uptimeSeconds: number;
  readonly connections: number;
  /** The largest body that it takes (`-z`), in bytes; 0 when it does not say. */
  readonly maxJobBytes: number;
  /** Of its process, on its machine; 0 when it does not say. */
  readonly pid: number;
}

/** The jobs of a tube by state; 0 for a tube that is not there. */
export interface TubeStats {
  readonly delayed: number;
  readonly ready: number;
  readonly reserved: number;
  readonly buried: number;
  /** Connections that watch it. All that never chose a tube watch `default`. */
  readonly watching: number;
}

export interface JobStats {
  readonly tube: string;
  readonly state: string;
}

/** What a node may answer. The words are beanstalkd's; `LOST`, and what is made of statistics, are ours. */
export type Reply =
  | { readonly kind: 'INSERTED'; readonly id: number }
  /** To `bury`: done. To `put`: stored, but buried at once since the node's log failed; `id` says which. */
  | { readonly kind: 'BURIED'; readonly id: number | undefined }
  | { readonly kind: 'RESERVED' | 'FOUND'; readonly id: number; readonly body: Buffer }
  | { readonly kind: 'NODE_STATS'; readonly stats: NodeStats }
  | { readonly kind: 'TUBE_STATS'; readonly stats: TubeStats }
  | { readonly kind: 'JOB_STATS'; readonly stats: JobStats }
  | { readonly kind: 'TUBES'; readonly names: readonly string[] }
  | { readonly kind: 'KICKED' }
  | { readonly kind: 'USING' | 'WATCHING' | 'NOT_IGNORED' | 'PAUSED' }
  | { readonly kind: 'DELETED' | 'RELEASED' | 'TOUCHED' | 'NOT_FOUND' }
  | { readonly kind: 'TIMED_OUT' | 'DEADLINE_SOON' }
  | { readonly kind: 'DRAINING' | 'JOB_TOO_BIG' | 'INTERNAL_ERROR' }
  /**
   * `sent` false: ours, to `release` and `bury`. The node cannot keep the job now, so it was not told to, and holds it as before. Else the
   * node said so; what it was to release or bury is with nobody until it is restarted.
   */
  | { readonly kind: 'OUT_OF_MEMORY'; readonly sent?: false }
  /** The connection died first. `sent` false: the node never saw the command. True: it may have obeyed it. */
  | { readonly kind: 'LOST'; readonly error: DqError; readonly sent: boolean };

export type ReplyKind = Reply['kind'];
/** Called exactly once for each command, never before the command's method returned. Must not throw. */
export type OnReply = (reply: Reply) => void;

/** One `put`. */
export interface PutCommand {
  readonly tube: string;
  /** 0 (first) to 4,294,967,295. */
  readonly priority: number;
  readonly delaySeconds: number;
  /** Seconds for which a reservation lasts; at least 1. */
  readonly ttrSeconds: number;
  /** The body's bytes. A string is sent as UTF-8. */
  readonly body: string | Buffer;
  readonly byteLength: number;
  /**
   * Where a connection keeps what it made of the command for the wire, behind the priority: the copies of a job differ in that alone, and
   * share the rest. Without it each copy's text is made anew.
   */
  readonly wire?: { behindPriority?: string };
}

/**
 * The seam to a node: one connection, opened at once, never reopened. Commands are answered in order, puts that have to wait apart. A command on a
 * connection that is closed, or closes before the answer, is answered `LOST`. Numbers and names are checked by the
 * caller's side, before they come here.
 */
export interface NodeConnection {
  readonly endpoint: string;
  readonly closed: boolean;
  /**
   * For how long a reserve may wait when nothing is held that would have to be acknowledged meanwhile. While it waits nobody
   * notices a node that died in silence, so only a node that cannot says this. @default what the lane takes anyway
   */
  readonly idleReserveSeconds?: number;
  /** Commands sent that have no answer yet. */
  readonly pending: number;
  /** Milliseconds for which the oldest unanswered command has waited; 0 when there is none. */
  readonly waiting: number;

  /**
   * Waits on this side while the node has much to answer, and is overtaken there by other commands. When too much waits, it is answered
   * `LOST`, not sent, and the connection goes on.
   */
  put(command: PutCommand, done: OnReply): void;
  /** Watches this tube and no other. */
  watchOnly(tube: string, done: OnReply): void;
  /** Waits on the node's side up to `seconds`; everything sent later is answered later. */
  reserve(seconds: number, done: OnReply): void;
  /** Takes one job, whatever its state; the connection holds it then. */
  reserveJob(id: number, done: OnReply): void;
  delete(id: number, done: OnReply): void;
  /** With a delay, or to bury: answered `OUT_OF_MEMORY`, and not sent, where the node's disk is full. */
  release(id: number, priority: number, delaySeconds: number, done: OnReply): void;
  bury(id: number, priority: number, done: OnReply): void;
  /**
   * Asks whether the node can keep jobs that are to be released with a delay, buried or moved to it. `acts`: so many of the `wanted` may
   * follow; 0 where its disk is full. A disk may fill up at any moment: what was allowed and is not to follow is given back with `wanted` 0.
   */
  keeps(wanted: number, done: (acts: number) => void): void;
  touch(id: number, done: OnReply): void;
  peek(id: number, done: OnReply): void;
  /** The first of a tube's ready, delayed or buried jobs. */
  peekFirst(tube: string, state: 'ready' | 'delayed' | 'buried', done: OnReply): void;
  kickJob(id: number, done: OnReply): void;
  stats(done: OnReply): void;
  statsTube(tube: string, done: OnReply): void;
  statsJob(id: number, done: OnReply): void;
  /** The names of all tubes with jobs, or that somebody watches; others may be among them. */
  listTubes(done: OnReply): void;
  /** Ends the connection at once. What was pending is answered `LOST`. */
  destroy(): void;
}

/** What is told of a connection. */
export interface ConnectionListeners {
  /** With every reply that fits its command. */
  readonly onAnswering: () => void;
  /** Once, after every pending command was answered. */
  readonly onClosed: (error: DqError) => void;
}

/** What opens connections to one node. */
export interface NodeDialer {
  readonly endpoint: string;
  dial(listeners: ConnectionListeners): NodeConnection;
}
