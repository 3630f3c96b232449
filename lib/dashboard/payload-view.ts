import { inspect, types } from 'node:util';
import type { ResolvedSettings } from './dashboard-options.js';
import type { PayloadView } from './wire.js';

const MOST_BYTES = 64 * 1_024;
const HIDDEN: PayloadView = { shown: false };

/** A payload as text, as far as it may be shown. `isJob` false: a body that this package did not write. */
export function payloadView(
  data: unknown,
  tube: string,
  { payloads }: Pick<ResolvedSettings, 'payloads'>,
  isJob = true,
): PayloadView {
  if (payloads === false) return HIDDEN;
  if (payloads === true) return shown(data);
  // What it was written for has fields: given bytes, it may let them all through.
  if (!isJob || Buffer.isBuffer(data)) return HIDDEN;
  try {
    const redacted = payloads(data, { tube });
    return types.isPromise(redacted) ? HIDDEN : shown(redacted);
  } catch {
    return HIDDEN;
  }
}

/** As people read it, and of how many bytes it is without what makes it readable. */
type Readable = Pick<Extract<PayloadView, { readonly shown: true }>, 'text' | 'bytes'>;

function shown(data: unknown): PayloadView {
  const { text, bytes } = readable(data);
  if (Buffer.byteLength(text) <= MOST_BYTES) return { shown: true, text, bytes, cut: false };
  // Not in the middle of a character.
  const cut = new TextDecoder().decode(Buffer.from(text).subarray(0, MOST_BYTES)).replace(/\uFFFD$/, '');
  return { shown: true, text: cut, bytes, cut: true };
}

function readable(data: unknown): Readable {
  if (typeof data === 'string') return plain(data);
  if (Buffer.isBuffer(data)) return { text: textOfBytes(data), bytes: data.length };
  try {
    const json = JSON.stringify(data) as string | undefined;
    if (json !== undefined) return { text: JSON.stringify(data, null, 2), bytes: Buffer.byteLength(json) };
  } catch {
    // What JSON has no word for, such as a bigint or a circle.
  }
  return plain(inspect(data, { maxStringLength: MOST_BYTES }));
}

function plain(text: string): Readable {
  return { text, bytes: Buffer.byteLength(text) };
}

function textOfBytes(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : `base64: ${bytes.toString('base64')}`;
}
