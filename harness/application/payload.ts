import { createHash } from 'node:crypto';

/** What a handler does with its job. Milliseconds. */
export type Act =
  | { readonly do: 'finish'; readonly ms: number }
  /** The first attempts fail. */
  | { readonly do: 'fail'; readonly times: number; readonly ms?: number }
  | { readonly do: 'give-up' }
  /** It asks to run again in `ms`: so many times, or up to a moment by the one clock. */
  | { readonly do: 'again'; readonly ms: number; readonly times?: number; readonly until?: number }
  /** Longer than its timeout, the first times. */
  | { readonly do: 'overrun'; readonly times: number }
  /** It kills its process, the first times. Default: once. */
  | { readonly do: 'die'; readonly times?: number }
  /** It holds the event loop for so long, the first time. */
  | { readonly do: 'block'; readonly ms: number };

/** What travels: the job's number, what its handler shall do, and a digest to tell whether it arrived as it left. */
export interface Payload {
  readonly seq: number;
  readonly act?: Act;
  readonly padding: string;
  readonly digest: string;
}

export function makePayload(seq: number, act: Act | undefined, padding: string): Payload {
  return { seq, act, padding, digest: digestOf(seq, act, padding) };
}

export function isIntact({ seq, act, padding, digest }: Payload): boolean {
  return digest === digestOf(seq, act, padding);
}

function digestOf(seq: number, act: Act | undefined, padding: string): string {
  return createHash('sha256')
    .update(JSON.stringify([seq, act, padding]))
    .digest('hex')
    .slice(0, 16);
}
