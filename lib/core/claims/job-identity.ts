import { decodeEnvelope, type Envelope } from '../wire/envelope.js';
import { readUsualHeader } from '../wire/usual-header.js';
import { generationKey, nativeClaimKey, plainClaimKey, plainName, slotKey } from './claim-key.js';

/** Which job a body is a copy of. */
export interface JobIdentity {
  readonly envelope: Envelope;
  /** The job id, or the md5 of a plain body. */
  readonly id: string;
  /** What tells it from all other jobs of its tube: the id, and the generation where there is one. */
  readonly name: string;
  /** The key of its claim. */
  readonly key: string;
  /** The slot of its caller's own key, which it is to name to the claim store; undefined without one. */
  readonly slot?: string | undefined;
  /** The most copies there are, as far as the header says; 0 when it does not. */
  readonly copies: number;
}

/** Digits of a due time, and the slash behind them. */
const USUAL_MARKER = 20;
const SLASH = 0x2f;
const [ZERO, NINE] = [0x30, 0x39];

/** Reads a body found in a tube, or throws `DqBodyError`. A plain body is hashed here, and nowhere again. */
export function identify(tube: string, body: Buffer): JobIdentity {
  const envelope = decodeEnvelope(body);
  if (envelope.format === 'native') {
    const { id, copies, generation, ownKey } = envelope;
    const name = generation === undefined ? id : generationKey(id, generation);
    const slot = ownKey === undefined ? undefined : slotKey(tube, ownKey);
    return { envelope, id, name, key: nativeClaimKey(tube, name), slot, copies };
  }
  const id = plainClaimKey(body);
  return { envelope, id, name: plainName(id), key: id, copies: 0 };
}

/** The name and number of copies of nearly every body, at a small part of the cost; undefined for those that take {@link identify}. */
export function recognise(body: Buffer): { readonly id: string; readonly copies: number } | undefined {
  // Without a due time it is no copy of any job, whatever id it has.
  for (let at = 0; at < USUAL_MARKER - 1; at++) {
    const byte = body[at] ?? 0;
    if (byte < ZERO || byte > NINE) return undefined;
  }
  return body[USUAL_MARKER - 1] === SLASH ? readUsualHeader(body, USUAL_MARKER) : undefined;
}
