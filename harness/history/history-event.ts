/** What a claim store decided, where it is watched. `by`: the process that asked; `key`: the claim's. */
type StoreEvent = { readonly at: number; readonly by: string } & (
  | { readonly kind: 'granted'; readonly key: string; readonly attempt: number; readonly orphan: boolean }
  | {
      readonly kind: 'settled';
      readonly key: string;
      readonly attempt: number;
      readonly outcome: 'done' | 'again' | 'dead';
      readonly answer: 'settled' | 'refused' | 'late' | 'superseded';
      /** How long it is to wait, when it is to run again. */
      readonly ms?: number;
    }
  /** A write of a caller's own id asks whether it is free; `key` is that of the write's claim. */
  | { readonly kind: 'admitted'; readonly key: string; readonly answer: string }
  /** What became of the write; `counts`: the id is still its own. */
  | { readonly kind: 'concluded'; readonly key: string; readonly written: boolean; readonly counts: boolean }
  | { readonly kind: 'tombstone'; readonly key: string; readonly verdict: string }
  /** What a call on a key was told; `slot` is the key's. `reserve`, `commit` are of the job `id`. */
  | {
      readonly kind: 'key-word';
      readonly slot: string;
      readonly word: 'reserve' | 'commit' | 'cancel' | 'move';
      readonly answer: string;
      readonly id?: string;
      /** The job that it took the place of, or moved. */
      readonly other?: string;
    }
  /** Which claim a run belongs to. Follows its start. */
  | { readonly kind: 'run'; readonly seq: number; readonly key: string }
  /** A write of a caller's own id is under way: its generation begins `write`. */
  | { readonly kind: 'named'; readonly seq: number; readonly write: string }
);

/** What a process did, or what befell it. `by`: its name. */
type ProcessEvent = { readonly at: number; readonly by: string } &
  /**
   * `delay()` or `at()` is called. `dueMs`: no run may begin before it; undefined where the caller's clock is wrong on purpose. `id`: the
   * caller's own, where the history tells. `keyed`: it has a key, and tells no `dueMs`; `id` is that of its own job.
   */
  (
    | {
        readonly kind: 'call';
        readonly seq: number;
        readonly dueMs?: number;
        readonly id?: string;
        readonly keyed?: { readonly key: string; readonly policy: string; readonly id?: string };
      }
    /**
     * The answer to a call with a key. `own` is the id of its own job; `id`, `dueMs` are those of the job that stands, `previous` is how the one was whose key it has taken.
     * `kept` is also said of a call that was refused since the key is taken.
     */
    | {
        readonly kind: 'placed';
        readonly seq: number;
        readonly outcome: 'scheduled' | 'replaced' | 'postponed' | 'kept' | 'superseded';
        readonly own?: string;
        readonly id: string;
        readonly dueMs: number;
        readonly previous?: string;
      }
    /** A key is cancelled, or what waits under it is to run at `dueMs`. */
    | { readonly kind: 'word'; readonly number: number; readonly key: string; readonly dueMs?: number }
    /** `outcome` is what the call resolved to, or the code of its error. */
    | { readonly kind: 'word-answer'; readonly number: number; readonly outcome: string }
    /** `nodes` are those that the handle names. */
    | { readonly kind: 'acked'; readonly seq: number; readonly id: string; readonly nodes: readonly string[] }
    /** `safe`: the error says that the job will not run. `own`: the id of the call's own job, where it has a key. */
    | {
        readonly kind: 'rejected';
        readonly seq: number;
        readonly code: string;
        readonly safe: boolean;
        readonly reason: string;
        readonly own?: string;
      }
    /** A caller is told that its id is taken, and what became of the job that has it. */
    | { readonly kind: 'taken'; readonly seq: number; readonly id: string; readonly state: string }
    /** A tube is to be paused, perhaps for `forMs`, or resumed. `number` names the word of its caller. */
    | {
        readonly kind: 'gate';
        readonly number: number;
        readonly tube: string;
        readonly word: 'pause' | 'resume';
        readonly forMs?: number;
      }
    /** `outcome`: `paused` or `resumed`, or the code of the call's error. */
    | { readonly kind: 'gate-answer'; readonly number: number; readonly outcome: string }
    | { readonly kind: 'revoke'; readonly seq: number }
    /** `outcome` is what `revoke()` resolved to, or the code of its error. */
    | { readonly kind: 'revoke-answer'; readonly seq: number; readonly outcome: string }
    /**
     * A handler is entered. `dueMs` is what the envelope says; `intact` whether the payload's digest is right. `tube`: where tubes are paused.
     */
    | {
        readonly kind: 'start';
        readonly tube?: string;
        readonly seq: number;
        readonly id: string;
        readonly attempt: number;
        readonly dueMs: number;
        readonly intact: boolean;
      }
    | { readonly kind: 'end'; readonly seq: number; readonly attempt: number; readonly outcome: 'ok' | 'failed' }
    /** The run's signal fired. `reason` is the error's name. */
    | { readonly kind: 'aborted'; readonly seq: number; readonly attempt: number; readonly reason: string }
    /** An event of the library. */
    | { readonly kind: 'told'; readonly type: string; readonly id?: string; readonly text: string }
    /** The most memory that a process took until now. */
    | { readonly kind: 'memory'; readonly mb: number }
    /** A process of the run ended. `asked`: after an orderly close; `how`: 'by itself', or what ended it. */
    | { readonly kind: 'gone'; readonly asked: boolean; readonly how: string }
    /** A process could not go on for a while: stopped, or its event loop held. */
    | { readonly kind: 'stalled'; readonly on: boolean }
    /** Until `until` a process may not reach the claim store. `by` names all its lives. `slow`: all its answers come, and late. */
    | { readonly kind: 'cut-off'; readonly until: number; readonly slow?: true }
    /** A process has closed; what it left open. */
    | { readonly kind: 'closed'; readonly tookMs: number; readonly timers: number; readonly wires: number }
  );

/** What was done to the servers, and what was found on them. */
type ServerEvent = { readonly at: number } &
  /** A fault begins or is over; scheduling and lateness are measured in between. `nodes` are those it keeps from working. */
  (
    | { readonly kind: 'fault'; readonly name: string; readonly on: boolean; readonly nodes: readonly string[] }
    /** A node lost its copies. */
    | { readonly kind: 'node-emptied'; readonly node: string }
    /**
     * By `at` the claim store has forgotten what it was told from `from` to `until`; it had not before `begun`. Both are `at` where nothing
     * is said.
     */
    | { readonly kind: 'store-emptied'; readonly from: number; readonly until?: number; readonly begun?: number }
    /** By `until` a node is back without the last that it was told. */
    | { readonly kind: 'disk-forgot'; readonly until: number }
    /** A copy that is on a node at the end, or on its disk: the job's number, or the key of its claim, where they are known. */
    | {
        readonly kind: 'leftover';
        readonly node: string;
        readonly state: CopyState;
        readonly seq?: number;
        readonly key?: string;
      }
    /** Nothing went on any more, or did not in time. */
    | { readonly kind: 'drained'; readonly after: number | undefined }
    /** What was done, in words. */
    | { readonly kind: 'nemesis'; readonly what: string }
  );

/**
 * What happened, on servers or in a simulation. `at` is one clock in every process (see `one-clock.ts`), whatever a fault does to the clocks
 * that the library sees.
 */
export type HistoryEvent = StoreEvent | ProcessEvent | ServerEvent;

export type CopyState = 'ready' | 'reserved' | 'delayed' | 'buried';
export type EventOf<Kind extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: Kind }>;
