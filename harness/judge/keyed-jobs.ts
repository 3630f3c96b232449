import { idOfKey } from '../../lib/core/claims/claim-key.js';
import type { EventOf } from '../history/history-event.js';
import type { Case } from './case.js';
import type { ClaimTimeline } from './claim-timeline.js';
import type { JobTimeline, RunTimeline } from './job-timeline.js';
import type { KeyTimeline } from './key-timeline.js';

/** Where the store is not watched: a run was granted so long before its handler is entered, at most. */
const GRANTED_WITHIN_MS = 1_000;

/** The jobs of keys: one that was brought forward has an id of its own, and is the same job. */
export class KeyedJobs {
  readonly #seen: Case;
  readonly #timelines: ReadonlyMap<number, JobTimeline>;
  readonly #seqs = new Map<string, number>();
  readonly #claims = new Map<number, ClaimTimeline[]>();

  constructor(seen: Case) {
    this.#seen = seen;
    this.#timelines = new Map(seen.timelines.map((timeline) => [timeline.seq, timeline]));
    for (const { seq, calls, runs } of seen.timelines) {
      for (const { call } of calls) if (call.keyed?.id !== undefined) this.#seqs.set(call.keyed.id, seq);
      for (const { start } of runs) this.#seqs.set(start.id, seq);
    }
    for (const event of seen.events) {
      if (event.kind !== 'key-word' || event.id === undefined || this.#seqs.has(event.id)) continue;
      const seq = this.#seqs.get(event.other ?? '');
      if (event.word === 'commit' && seq !== undefined) this.#seqs.set(event.id, seq);
    }
    for (const claim of seen.claims.values()) {
      const seq = this.#seqs.get(idOfKey(claim.key));
      if (seq !== undefined) this.#claims.set(seq, [...(this.#claims.get(seq) ?? []), claim]);
    }
  }

  of(seq: number): JobTimeline | undefined {
    return this.#timelines.get(seq);
  }

  seqOf(id: string): number | undefined {
    return this.#seqs.get(id);
  }

  /** When the store let it begin, as far as anybody can tell. */
  grantedAt({ start }: RunTimeline): number {
    if (this.#seen.terms.storeIsWatched !== true) return start.at - GRANTED_WITHIN_MS;
    for (const claim of this.#claims.get(this.#seqs.get(start.id) ?? -1) ?? []) {
      const run = claim.runs.find((other) => other.start === start);
      if (run === undefined) continue;
      const before = claim.settled.findLast(({ order }) => order < run.order)?.order ?? -1;
      // The same grant is told again when its answer was lost.
      const first = claim.grants.find(({ event, order }) => {
        return order > before && event.by === start.by && event.attempt === start.attempt;
      });
      return first?.event.at ?? start.at;
    }
    return start.at;
  }

  /** Whether it was over at some moment from then on. */
  wasOver(seq: number, from: number): boolean {
    const timeline = this.#timelines.get(seq);
    if (this.#seen.terms.storeIsWatched !== true) {
      return (
        timeline?.dead === true || timeline?.runs.some(({ end }) => end?.outcome === 'ok' && end.at >= from) === true
      );
    }
    const settled = this.#claims.get(seq)?.flatMap((claim) => claim.settled) ?? [];
    return settled.some(({ event }) => event.outcome !== 'again' && event.at >= from);
  }

  /** When a job was over that was so at a moment, where the store is watched. */
  endedBefore(id: string, moment: number): number | undefined {
    const claims = this.#claims.get(this.#seqs.get(id) ?? -1) ?? [];
    const { grants = [], settled = [] } = claims.find(({ key }) => idOfKey(key) === id) ?? {};
    const end = settled.findLast(({ event }) => event.at < moment);
    if (end === undefined || end.event.outcome === 'again') return undefined;
    return grants.some(({ event, order }) => order > end.order && event.at < moment) ? undefined : end.event.at;
  }

  /** It was over, and a disk that forgot that brought it back. */
  broughtBack({ start }: RunTimeline): boolean {
    const settled = this.#claims.get(this.#seqs.get(start.id) ?? -1)?.flatMap((claim) => claim.settled) ?? [];
    return settled.some(({ event: { outcome, at } }) => {
      return outcome !== 'again' && at < start.at && this.#seen.excuses.forgotDelete(at, start.at);
    });
  }

  isLeft(seq: number): boolean {
    const left = this.#seen.events.filter((event): event is EventOf<'leftover'> => event.kind === 'leftover');
    return left.some((copy) => copy.seq === seq || this.#seqs.get(idOfKey(copy.key ?? '')) === seq);
  }

  /** Whether the store had forgotten by then something that it was told of a key, or of its jobs, between two moments. */
  forgot({ words, said }: KeyTimeline, from: number, to: number, by: number): boolean {
    const { excuses, terms } = this.#seen;
    if (terms.storeIsWatched !== true) return excuses.forgot(from, to, by);
    const seqs = new Set(said.flatMap((other) => (other.what === 'place' ? other.seq : [])));
    const isForgotten = ({ at }: { readonly at: number }): boolean => {
      return at >= from && at <= by && excuses.forgot(at, at, by);
    };
    if (words.some(isForgotten)) return true;
    const claims = [...seqs].flatMap((seq) => this.#claims.get(seq) ?? []);
    return claims.some(({ grants, settled, tombstones }) => {
      return (
        grants.some(({ event }) => isForgotten(event)) ||
        settled.some(({ event }) => isForgotten(event)) ||
        tombstones.some(isForgotten)
      );
    });
  }
}
