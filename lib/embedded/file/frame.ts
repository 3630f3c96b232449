import { crc32 } from 'node:zlib';

/**
 * What is written at once. A head line `@<crc32 in hex> <bytes of the body> <synced>`, then the body: lines of JSON, one record
 * each, with which no `@` begins. The checksum is that of `<synced> ` and the body. `synced` says how much of the file the disk had
 * for certain when the frame was made: damage before it is no torn end.
 */
export interface Frame {
  readonly body: Buffer;
  readonly synced: number;
  /** Bytes of head and body. */
  readonly length: number;
}

export const FRAME_START = 0x40;
const NEWLINE = 0x0a;
const HEAD = /^@([0-9a-f]{8}) (\d{1,12}) (\d{1,16})$/;
/** No head line is longer. */
const LONGEST_HEAD = 48;

/** The bytes of a frame around lines that end in a newline each. */
export function frameOf(lines: string, synced: number): Buffer {
  const bytes = Buffer.byteLength(lines);
  const crc = checksum(lines, synced);
  return Buffer.from(`@${crc} ${bytes} ${synced}\n${lines}`);
}

/** How many bytes the frame at `at` has; undefined when there is no head. `data` must go on for 48 bytes, or be the end. */
export function frameLength(data: Buffer, at: number): number | undefined {
  const head = headAt(data, at);
  return head === undefined ? undefined : head.length + head.bytes;
}

/** The frame at `at`; undefined when it is cut short or damaged. */
export function readFrame(data: Buffer, at: number): Frame | undefined {
  const head = headAt(data, at);
  if (head === undefined) return undefined;
  const from = at + head.length;
  const body = data.subarray(from, from + head.bytes);
  if (body.length < head.bytes || checksum(body, head.synced) !== head.crc) return undefined;
  return { body, synced: head.synced, length: head.length + head.bytes };
}

function headAt(
  data: Buffer,
  at: number,
): { readonly crc: string; readonly bytes: number; readonly synced: number; readonly length: number } | undefined {
  if (data[at] !== FRAME_START) return undefined;
  const end = data.subarray(at, at + LONGEST_HEAD).indexOf(NEWLINE);
  const match = end < 0 ? null : HEAD.exec(data.toString('latin1', at, at + end));
  if (match === null) return undefined;
  return { crc: match[1] as string, bytes: Number(match[2]), synced: Number(match[3]), length: end + 1 };
}

function checksum(body: string | Buffer, synced: number): string {
  return crc32(body, crc32(`${synced} `))
    .toString(16)
    .padStart(8, '0');
}
