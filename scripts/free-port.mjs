// @ts-check
import { randomInt } from 'node:crypto';
import { isFree } from '../lib/cli/cluster/free-port.js';

// As in lib/cli/cluster/free-port.ts, which says why.
const LOWEST = 20_000;
/** Each worker of Jest has ports of its own. */
const SHARE = 3_000;
const SHARES = 4;

const lowest = LOWEST + SHARE * (Number(process.env.JEST_WORKER_ID ?? 0) % SHARES);
let last = randomInt(SHARE);

/**
 * A port on 127.0.0.1 that is free. One after the other, so that none is given away again while its server is down for a moment.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (let attempt = 0; attempt < SHARE; attempt += 1) {
    last = (last + 1) % SHARE;
    const port = lowest + last;
    if (await isFree(port)) return port;
  }
  throw new Error(`expected a free port from ${lowest} on, found none in ${SHARE}`);
}
