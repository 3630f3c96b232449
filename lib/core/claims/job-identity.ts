import { decodeEnvelope, type Envelope } from '../wire/envelope.js';
import { generationKey, nativeClaimKey, plainClaimKey } from './claim-key.js';

/** Which job a body is a copy of. */
export interface JobIdentity {
  readonly envelope: Envelope;
  /** The job id, or the md5 of a plain body. */
  readonly id: string;
  /** The key of its claim. */
  readonly key: string;
  /** The most copies there are, as far as the header says; 0 when it does not. */
  readonly copies: number;
}

/** Reads a body found in a tube, or throws `DqBodyError`. A plain body is hashed here, and nowhere again. */
export function identify(tube: string, body: Buffer): JobIdentity {
  const envelope = decodeEnvelope(body);
  if (envelope.format === 'native') {
    const { id, copies, generation } = envelope;
    const key = nativeClaimKey(tube, id);
    return { envelope, id, key: generation === undefined ? key : generationKey(key, generation), copies };
  }
  const id = plainClaimKey(body);
  return { envelope, id, key: id, copies: 0 };
}
