import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { freePort } from '../../scripts/free-port.mjs';

/**
 * What to send for the bytes that just came: bytes, nothing, or whatever the function does with the socket itself.
 * A list answers one request after the other, and is silent after its end.
 */
export type Answers = readonly (Buffer | string)[] | ((request: Buffer, socket: Socket) => Buffer | string | void);

/** A server that says what the test wants, valid or not. */
export class HostileServer {
  /** Everything that was sent to it, one entry for each piece that arrived. */
  readonly received: Buffer[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #port = 0;
  #accepted = 0;

  private constructor(answers: Answers) {
    const answer = typeof answers === 'function' ? answers : inTurn(answers);
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#accepted += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('data', (request: Buffer) => {
        this.received.push(request);
        const bytes = answer(request, socket);
        if (bytes !== undefined && socket.writable) socket.write(bytes);
      });
    });
  }

  static async listen(answers: Answers): Promise<HostileServer> {
    const hostile = new HostileServer(answers);
    const port = await freePort();
    await new Promise<void>((resolve, reject) => {
      hostile.#server.once('error', reject);
      hostile.#server.listen(port, '127.0.0.1', resolve);
    });
    hostile.#port = port;
    return hostile;
  }

  get port(): number {
    return this.#port;
  }

  get endpoint(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** How many connections are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** How many connections there ever were: one more tells that a client replaced a bad one. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Unasked bytes to every client. */
  send(bytes: Buffer | string): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  /** The same in pieces of `size` bytes, each in a turn of its own, so that a client sees every possible split. */
  async sendInPieces(bytes: Buffer | string, size: number): Promise<void> {
    const whole = Buffer.from(bytes);
    for (let start = 0; start < whole.length; start += size) {
      this.send(whole.subarray(start, start + size));
      await turn();
    }
  }

  /** Resets every connection and stops listening. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }
}

function inTurn(answers: readonly (Buffer | string)[]): () => Buffer | string | undefined {
  const left = [...answers];
  return () => left.shift();
}
