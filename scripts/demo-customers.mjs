// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

/** The address that each of them leaves. What the shop says of their orders is not shown: see shop-log.mjs. */
export const customersAddress = /@customers\.(?:example|invalid)$/;

const pace = 2000;
/** After its reminder, and in time. */
const paysAfter = 6000;
const open = 30 * 60_000;
const patience = 5000;

/**
 * Places an order whose confirmation bounces, which leaves a dead letter.
 *
 * @param {string} shop
 * @param {AbortSignal} signal
 * @returns {Promise<string>} a line that a reader can paste: it mends the address, so that a retry of the dead letter succeeds
 */
export async function orderThatBounces(shop, signal) {
  const { id } = await send('POST', `${shop}/orders`, signal, {
    item: 'pen',
    price: 3,
    email: 'ann@customers.invalid',
  });
  const mended = JSON.stringify({ email: 'ann@customers.example' });
  return `curl -X PATCH ${shop}/orders/${id} -H 'content-type: application/json' -d '${mended}'`;
}

/**
 * An order every two seconds for half an hour, every other one paid, so that the dashboard has something to show. An order that fails
 * is let go: whoever looks may have ended a server.
 *
 * @param {string} shop
 * @param {AbortSignal} signal ends it in the middle
 */
export async function otherCustomers(shop, signal) {
  for (let order = 1; order * pace <= open; order++) {
    await sleep(pace, undefined, { signal });
    const body = { item: 'pen', price: 3, email: `ann-${order}@customers.example` };
    const placed = await send('POST', `${shop}/orders`, signal, body).catch(() => undefined);
    if (placed === undefined || order % 2 === 0) continue;
    const pays = sleep(paysAfter, undefined, { signal }).then(() =>
      send('POST', `${shop}/orders/${placed.id}/pay`, signal),
    );
    pays.catch(() => undefined);
  }
  console.log('\nHalf an hour is over: the other customers have gone, the shop goes on.');
}

/**
 * @param {'POST'} method
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {object} [body]
 * @returns {Promise<{ id: string }>}
 */
async function send(method, url, signal, body) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
    signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
  });
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`);
  return /** @type {Promise<{ id: string }>} */ (response.json());
}
