import type { HistoryEvent } from '../../faults/history/history-event.js';

/** What a claim came to, as the store itself saw it. `by`: the process that asked. */
export type ClaimTruth =
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
  | { readonly kind: 'tombstone'; readonly key: string; readonly verdict: string };

/**
 * What happened in a simulation: what the fault matrix tells of real processes, and what only a simulation can see. `at` is the
 * true time, on the wall.
 */
export type SimulationEvent =
  | HistoryEvent
  | ({ readonly at: number; readonly by: string } & ClaimTruth)
  /** Which claim a run belongs to. Follows its start. */
  | { readonly kind: 'run'; readonly at: number; readonly by: string; readonly seq: number; readonly key: string }
  /** A write of a caller's own id is under way: its generation begins `write`. */
  | { readonly kind: 'named'; readonly at: number; readonly by: string; readonly seq: number; readonly write: string }
  /** A fault, or its end. */
  | { readonly kind: 'nemesis'; readonly at: number; readonly what: string }
  /** A process has closed; what it left open. */
  | {
      readonly kind: 'closed';
      readonly at: number;
      readonly by: string;
      readonly tookMs: number;
      readonly timers: number;
      readonly wires: number;
    }
  /** A copy on a node, on its disk too, when all is over. */
  | { readonly kind: 'copy'; readonly at: number; readonly node: string; readonly state: string; readonly key: string }
  /** Nothing went on any more, or did not in time. */
  | { readonly kind: 'drained'; readonly at: number; readonly after: number | undefined };

export type SimulationEventOf<Kind extends SimulationEvent['kind']> = Extract<SimulationEvent, { kind: Kind }>;
