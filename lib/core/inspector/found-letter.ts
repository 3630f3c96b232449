import { plainClaimKey } from '../claims/claim-key.js';
import type { DeadClaim } from '../claims/claim-store.js';
import { identify, type JobIdentity } from '../claims/job-identity.js';
import { textOf } from '../errors/shown.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { decodePayload } from '../wire/codec.js';
import type { Envelope } from '../wire/envelope.js';
import type { BuriedCopies, Fate } from './buried-copies.js';

/** A dead letter as the nodes show it: one job, or one body that is none. */
export class FoundLetter {
  readonly id: string;
  readonly body: Buffer;
  readonly identity: JobIdentity | undefined;
  /** What is wrong with a body that is no job. */
  readonly fault: string | undefined;
  /** The copies that are held. */
  readonly copies: { readonly list: BuriedCopies; readonly number: number }[] = [];
  /** What the claim store says of it; undefined until it was asked, and for a body that is no job. */
  claim: DeadClaim | undefined;
  fate: Fate = 'keep';
  /** True once a node has done with one of its copies what its fate says. */
  settled = false;

  constructor(tube: string, body: Buffer) {
    this.body = body;
    try {
      this.identity = identify(tube, body);
    } catch (error) {
      this.fault = textOf(error);
    }
    this.id = this.identity?.id ?? plainClaimKey(body);
  }

  /**
   * What tells letters apart: the claim's key, since one id may have been given to several writes, each with a claim of its own; the
   * id of a body that is no job.
   */
  get key(): string {
    return this.identity?.key ?? this.id;
  }

  /** True when the claim store says that it was given up, or does not know it. */
  get isDead(): boolean {
    const kind = this.claim?.kind;
    return kind === 'dead' || kind === 'expired' || kind === 'forgotten';
  }

  /** See {@link DqDeadLetter.mayHaveRun}. */
  get mayHaveRun(): boolean {
    return this.claim?.kind === 'expired' || this.claim?.kind === 'forgotten';
  }

  /** As operators see it. */
  show({ name, codec }: TubeSettings): DqDeadLetter {
    const { claim, fault } = this;
    const envelope = this.identity?.envelope;
    const dead = claim?.kind === 'dead' || claim?.kind === 'expired' ? claim : undefined;
    return {
      id: this.id,
      tube: name,
      reason: fault ?? (dead?.reason || 'unknown: the claim store has no record of it'),
      attempts: dead?.attempts ?? 0,
      mayHaveRun: this.mayHaveRun,
      dueAt: envelope === undefined ? undefined : new Date(envelope.dueMs),
      data: envelope === undefined ? this.body : dataOf(codec, envelope),
      key: envelope?.format === 'native' ? envelope.ownKey : undefined,
      headers: envelope?.format === 'native' ? (envelope.header.headers ?? {}) : {},
      copies: this.copies.map(({ list, number }) => ({ node: list.endpoint, number })),
    };
  }
}

function dataOf(codec: TubeSettings['codec'], envelope: Envelope): unknown {
  const raw = envelope.format === 'native' && envelope.header.raw === true;
  try {
    return decodePayload(codec, envelope.payload, raw);
  } catch {
    return envelope.payload;
  }
}

/** A job that was given up, or a body that is no job: kept as buried copies until somebody decides. */
export interface DqDeadLetter {
  /** The job's id; for a body that is no job, the md5 of it. */
  readonly id: string;
  readonly tube: string;
  /** Why it was given up: the last error, or what is wrong with the body. */
  readonly reason: string;
  /** Attempts made; 0 when unknown. */
  readonly attempts: number;
  /**
   * True when the claim store does not know what became of it: it turned up later than the retention, or the store forgot. It may
   * have run before.
   */
  readonly mayHaveRun: boolean;
  /** Undefined for a body that is no job. */
  readonly dueAt: Date | undefined;
  /** The payload as the handler would get it, or the bytes where the codec cannot read them. */
  readonly data: unknown;
  /** The caller's own key. */
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Where its copies are buried. */
  readonly copies: readonly { readonly node: string; readonly number: number }[];
}
