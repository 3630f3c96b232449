import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which kernels take the port of an outgoing connection (32768 on Linux, 49152 elsewhere). A port
// from that range could be taken while its server is down between kill and restart, and a client that keeps dialling a
// dead server there can be connected to itself.
const LOWEST = 20_000;
const BEYOND = 32_000;
/** Between the question for a free port and the start another program may take it. */
const ATTEMPTS = 5;

/** Whether a server could listen on that port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port on 127.0.0.1 that was free a moment ago: whoever binds it must be ready to ask for another. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(LOWEST, BEYOND);
    if (await isFree(port)) return port;
  }
  throw new Error(`Expected a free port between ${LOWEST} and ${BEYOND}, found none in 200 attempts.`);
}

/** Starts a server on the port that is wanted, or else on a free one: on another where a program took that in between. */
export async function onPort<T>(
  wanted: number | undefined,
  start: (port: number) => Promise<T>,
  pick: () => Promise<number> = freePort,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(wanted ?? (await pick()));
    } catch (error) {
      const taken = /address already in use/i.test(String(error));
      if (wanted !== undefined || !taken || attempt === ATTEMPTS) throw error;
    }
  }
}
