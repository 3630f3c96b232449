import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { REPLIES } from './replies.js';

/** What may be done to a request. `whole`: the client may trust the reply. `bad`: the connection must not outlive it. */
export type Mischief =
  'whole' | 'pieces' | 'cut' | 'spoiled' | 'random' | 'extra' | 'unfit' | 'flood' | 'hang-up' | 'silence';

const SHARES: readonly (readonly [Mischief, number])[] = [
  ['whole', 0.44],
  ['pieces', 0.1],
  ['cut', 0.12],
  ['spoiled', 0.12],
  ['random', 0.06],
  ['extra', 0.06],
  ['unfit', 0.06],
  ['flood', 0.01],
  ['hang-up', 0.029],
  ['silence', 0.001],
];

/** What fits each first word of a request. */
const FITTING: Readonly<Record<string, readonly string[]>> = {
  put: ['INSERTED', 'BURIED', 'DRAINING', 'JOB_TOO_BIG', 'OUT_OF_MEMORY'],
  delete: ['DELETED', 'NOT_FOUND'],
  release: ['RELEASED', 'NOT_FOUND', 'BURIED'],
  peek: ['FOUND', 'NOT_FOUND'],
  touch: ['TOUCHED', 'NOT_FOUND'],
  'reserve-with-timeout': ['RESERVED', 'TIMED_OUT', 'DEADLINE_SOON'],
  stats: ['OK'],
};

/** A server's side of a bad day: every answer drawn by lot, the same for the same seed. */
export class HostileReplies {
  readonly counts = new Map<Mischief, number>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  answer(request: Buffer, socket: Socket): void {
    const word = request.toString('latin1').split(/[ \r]/)[0] ?? '';
    const fitting = REPLIES.filter(([, { kind }]) => FITTING[word]?.includes(kind));
    const reply = Buffer.from(this.#pick(fitting)[0]);
    const mischief = this.#draw();
    this.counts.set(mischief, (this.counts.get(mischief) ?? 0) + 1);
    switch (mischief) {
      case 'whole':
        socket.write(reply);
        break;
      case 'pieces':
        void this.#inPieces(reply, socket);
        break;
      case 'cut':
        socket.end(reply.subarray(0, this.#below(reply.length)));
        break;
      case 'spoiled':
        reply[this.#below(reply.length)] = this.#below(256);
        socket.end(reply);
        break;
      case 'random':
        socket.end(Buffer.from(Array.from({ length: this.#below(400) }, () => this.#below(256))));
        break;
      case 'extra':
        socket.write(Buffer.concat([reply, Buffer.from(this.#pick(REPLIES)[0])]));
        break;
      case 'unfit':
        socket.write(this.#pick(REPLIES.filter(([, { kind }]) => FITTING[word]?.includes(kind) !== true))[0]);
        break;
      case 'flood':
        socket.write(Buffer.alloc(300_000, this.#pick(['x', '\r', '\r\n', '\u0000', 'DELETED\r\n'])));
        break;
      case 'hang-up':
        socket.resetAndDestroy();
        break;
      case 'silence':
        break;
    }
  }

  #draw(): Mischief {
    let left = this.#random();
    for (const [mischief, share] of SHARES) {
      left -= share;
      if (left < 0) return mischief;
    }
    return 'whole';
  }

  async #inPieces(reply: Buffer, socket: Socket): Promise<void> {
    const size = 1 + this.#below(5);
    for (let at = 0; at < reply.length; at += size) {
      socket.write(reply.subarray(at, at + size));
      await nextTurn();
    }
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
