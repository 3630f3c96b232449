import { types } from 'node:util';
import { apart, type BootContext } from '../base/boot-context.js';
import { DqPayloadError } from '../errors/argument.errors.js';
import { shown, textOf } from '../errors/shown.js';
import { type JsonChange, jsonChange, pathOf } from './json-change.js';

/** Turns payloads into bytes and back. One per tube; the default is {@link jsonCodec}. */
export interface DqCodec {
  /** Throws when it cannot carry `data`; the caller sees a `DqPayloadError` with that as its cause. */
  encode(data: unknown): string | Buffer;
  /** Throws when the bytes are not its own; the copy is then buried. */
  decode(payload: Buffer): unknown;
}

/** Its text says itself what to give instead, and `path` where: empty for the payload as a whole. */
class UnfitPayload extends TypeError {
  constructor(
    message: string,
    readonly path = '',
  ) {
    super(message);
  }
}

/** JSON in UTF-8. What it would change without a word, such as a `Map`, a Promise or an invalid Date, also inside, is refused. */
export const jsonCodec: DqCodec = {
  encode(data) {
    const text = textIn(data);
    if (text === undefined)
      throw new UnfitPayload(`JSON has no form for ${shown(data)}; give null or an object instead`);
    refuseChange(data);
    return text;
  },
  decode(payload) {
    return JSON.parse(payload.toString('utf8'));
  },
};

/** Bytes as they are: for payloads that are no JSON, such as those of some Go producers. Handlers get a `Buffer`. */
export const rawCodec: DqCodec = {
  encode(data) {
    if (typeof data === 'string') return data;
    throw new UnfitPayload(`a raw tube carries a Buffer or a string, not ${shown(data)}`);
  },
  decode(payload) {
    return payload;
  },
};

function textIn(data: unknown): string | undefined {
  try {
    return JSON.stringify(data);
  } catch (error) {
    // What JSON refuses itself is told with its place where there is one: a cycle has none.
    refuseChange(data);
    throw error;
  }
}

function refuseChange(data: unknown): void {
  let change: JsonChange | undefined;
  try {
    change = jsonChange(data);
  } catch (error) {
    // A cycle, or thousands of levels, which JSON can go further down.
    if (!types.isNativeError(error) || !(error instanceof RangeError)) throw error;
  }
  if (change !== undefined) throw new UnfitPayload(change.reason, change.keys.length > 0 ? pathOf(change) : '');
}

/** Where a user's codec is called. */
export type Apart = Pick<BootContext, 'apart'>;

/** The payload as it goes on the wire. A `Buffer` passes untouched whatever the codec. */
export function encodePayload(codec: DqCodec, data: unknown, context: Apart = { apart }): string | Buffer {
  try {
    if (Buffer.isBuffer(data)) return data;
    const payload = isOwn(codec) ? codec.encode(data) : context.apart(() => codec.encode(data));
    if (typeof payload === 'string' || Buffer.isBuffer(payload)) return payload;
    isUnawaited(payload);
    throw new UnfitPayload(`the codec returned ${shown(payload)}; it must return a string or a Buffer`);
  } catch (error) {
    const unfit = types.isNativeError(error) && error instanceof UnfitPayload ? error : undefined;
    const where = unfit === undefined || unfit.path === '' ? '' : `, at ${unfit.path} too`;
    throw new DqPayloadError(
      `Expected a payload that the tube's codec can carry (by default: JSON or a Buffer)${where}, but ${textOf(error)}.` +
        (unfit === undefined ? ' Convert BigInt and class instances to plain values, and break cycles.' : ''),
      { cause: error },
    );
  }
}

/**
 * The payload as a handler gets it, `raw` when it was given as a `Buffer`. Bytes are copied, since whoever gets them may change them: the
 * same body serves the next attempt. Throws what the codec throws.
 */
export function decodePayload(codec: DqCodec, payload: Buffer, raw = false): unknown {
  if (codec === jsonCodec && !raw) return codec.decode(payload);
  const bytes = Buffer.from(payload);
  if (raw) return bytes;
  if (isOwn(codec)) return codec.decode(bytes);
  const data = apart(() => codec.decode(bytes));
  if (isUnawaited(data)) throw new UnfitPayload('the codec returned a promise; it must return the value itself');
  return data;
}

/** They call no function of the user's but those in his data, so they need no scope of their own. */
function isOwn(codec: DqCodec): boolean {
  return codec === jsonCodec || codec === rawCodec;
}

/** True for a promise. Nobody will wait for it, so that its rejection would end the process. */
function isUnawaited(returned: unknown): boolean {
  if (!types.isPromise(returned)) return false;
  returned.catch(() => {});
  return true;
}
