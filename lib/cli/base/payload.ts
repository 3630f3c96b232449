import { isUtf8 } from 'node:buffer';

/** Nobody reads more on a terminal. */
const MOST_BYTES = 65_536;

/** A payload as it is shown: as text where it is one. */
export interface ShownPayload {
  readonly bytes: number;
  /** Not all of it is here. */
  readonly cut: boolean;
  readonly text?: string;
  readonly base64?: string;
}

export function shownPayload(payload: Buffer): ShownPayload {
  const { length: bytes } = payload;
  const cut = bytes > MOST_BYTES;
  const head = cut ? wholeSigns(payload.subarray(0, MOST_BYTES)) : payload;
  return isUtf8(head) ? { bytes, cut, text: head.toString() } : { bytes, cut, base64: head.toString('base64') };
}

/** What is read from a dead letter may be anything that a codec makes. */
export function payloadOf(data: unknown): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Buffer.from(typeof data === 'string' ? data : (JSON.stringify(data) ?? ''));
}

/** Less what a cut has left of a sign at the end. */
function wholeSigns(head: Buffer): Buffer {
  for (let end = head.length; end > head.length - 4; end--)
    if (isUtf8(head.subarray(0, end))) return head.subarray(0, end);
  return head;
}
