import { types } from 'node:util';
import { apart } from '../boot-context.js';
import { DqPayloadError } from '../errors/argument.errors.js';
import { shown, textOf } from '../errors/shown.js';

/** Turns payloads into bytes and back. One per tube; the default is {@link jsonCodec}. */
export interface DqCodec {
  /** Throws when it cannot carry `data`; the caller sees a `DqPayloadError` with that as its cause. */
  encode(data: unknown): string | Buffer;
  /** Throws when the bytes are not its own; the copy is then buried. */
  decode(payload: Buffer): unknown;
}

/** Its text says itself what to give instead. */
class UnfitPayload extends TypeError {}

/** JSON in UTF-8. A `Map` or `Set`, also inside, is refused: JSON would empty it without a word. */
export const jsonCodec: DqCodec = {
  encode(data) {
    const text: string | undefined = JSON.stringify(data);
    if (text === undefined)
      throw new UnfitPayload(`JSON has no form for ${shown(data)}; give null or an object instead`);
    // Only what left an empty object behind is looked at again.
    if (text.includes('{}')) JSON.stringify(data, refuseEmptied);
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

function refuseEmptied(_key: string, value: unknown): unknown {
  if (types.isMap(value))
    throw new UnfitPayload('a Map becomes {} in JSON; give Object.fromEntries(map) or [...map] instead');
  if (types.isSet(value)) throw new UnfitPayload('a Set becomes {} in JSON; give [...set] instead');
  return value;
}

/** The payload as it goes on the wire. A `Buffer` passes untouched whatever the codec. */
export function encodePayload(codec: DqCodec, data: unknown): string | Buffer {
  if (Buffer.isBuffer(data)) return data;
  try {
    const payload = isOwn(codec) ? codec.encode(data) : apart(() => codec.encode(data));
    if (typeof payload === 'string' || Buffer.isBuffer(payload)) return payload;
    isUnawaited(payload);
    throw new UnfitPayload(`the codec returned ${shown(payload)}; it must return a string or a Buffer`);
  } catch (error) {
    throw new DqPayloadError(
      `Expected a payload that the tube's codec can carry (by default: JSON or a Buffer), but ${textOf(error)}.` +
        (types.isNativeError(error) && error instanceof UnfitPayload
          ? ''
          : ' Convert BigInt and class instances to plain values, and break cycles.'),
      { cause: error },
    );
  }
}

/** The payload as handlers get it. Throws what the codec throws. */
export function decodePayload(codec: DqCodec, payload: Buffer): unknown {
  if (isOwn(codec)) return codec.decode(payload);
  const data = apart(() => codec.decode(payload));
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
