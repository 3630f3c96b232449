// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {{ id: string, status: string, cancelAt: string }} Order */

const book = { item: 'book', price: 12 };
const pen = { item: 'pen', price: 3 };
/** A shop that was told to cancel after half an hour is not waited for. */
const patience = 60_000;
const pace = 2000;
/** After its reminder, and in time. */
const paysAfter = 6000;
const open = 30 * 60_000;
const longestRequest = 5000;

/** The address that each of the other customers leaves. What the shop says of their orders is not shown: see shop-log.mjs. */
export const customersAddress = /@customers\.(?:example|invalid)$/;

/**
 * The lines a reader can paste into another terminal.
 *
 * @param {string} shop
 */
export function curlLines(shop) {
  return [
    `curl -X POST ${shop}/orders -H 'content-type: application/json' -d '${JSON.stringify(book)}'`,
    `curl ${shop}/orders`,
    `curl -X POST ${shop}/orders/ID/pay`,
  ];
}

/**
 * Two orders, one that nobody pays and one that is paid in time. Printed is what the customer asks and is answered; what the
 * shop does stands in its own lines.
 *
 * @param {string} shop
 * @param {AbortSignal} signal ends it in the middle
 */
export async function showDemoOrders(shop, signal) {
  console.log('First order: nobody pays it.');
  const unpaid = await shown('POST', `${shop}/orders`, signal, book);
  if (await timeIsUp(unpaid, signal)) await cancelled(`${shop}/orders/${unpaid.id}`, signal);

  console.log('\nSecond order: paid in time, so its jobs are cancelled.');
  const paid = await shown('POST', `${shop}/orders`, signal, book);
  await sleep(1000, undefined, { signal });
  await shown('POST', `${shop}/orders/${paid.id}/pay`, signal);
  if (await timeIsUp(paid, signal)) {
    await sleep(1000, undefined, { signal });
    const { status } = await shown('GET', `${shop}/orders/${paid.id}`, signal);
    console.log(`Its time was up a second ago, and it is still ${status}.`);
  }
  console.log('\nThe demo is over, the shop goes on. Ctrl-C stops everything.');
}

/**
 * Places an order whose confirmation bounces, which leaves a dead letter.
 *
 * @param {string} shop
 * @param {AbortSignal} signal
 * @returns {Promise<string>} a line that a reader can paste: it mends the address, so that a retry of the dead letter succeeds
 */
export async function orderThatBounces(shop, signal) {
  const { id } = await send('POST', `${shop}/orders`, signal, { ...pen, email: 'ann@customers.invalid' });
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
    const body = { ...pen, email: `ann-${order}@customers.example` };
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
 * @param {Order} order
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} false, at once, when that takes too long
 */
async function timeIsUp({ cancelAt }, signal) {
  const wait = Date.parse(cancelAt) - Date.now();
  if (wait > patience) {
    console.log(`Its time is up in ${Math.round(wait / 60_000)} min: the demo does not wait for that.`);
    return false;
  }
  // As the shop's lines tell the time.
  const until = new Date(cancelAt).toLocaleTimeString(undefined, { timeZone: 'UTC' });
  console.log(`Waiting until its time is up, at ${until} ...`);
  await sleep(Math.max(wait, 0), undefined, { signal });
  return true;
}

/**
 * @param {string} url the order's
 * @param {AbortSignal} signal
 */
async function cancelled(url, signal) {
  const until = performance.now() + 10_000;
  for (;;) {
    const { status } = await send('GET', url, signal);
    if (status === 'cancelled') return;
    if (performance.now() > until)
      throw new Error(`expected the order to be cancelled by now, it is ${status}: ${url}`);
    await sleep(100, undefined, { signal });
  }
}

/**
 * A request of the customer's, shown as it is sent, with its answer.
 *
 * @param {'GET' | 'POST'} method
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {object} [body]
 */
async function shown(method, url, signal, body) {
  console.log(['>', method, new URL(url).pathname, ...(body ? [JSON.stringify(body)] : [])].join(' '));
  const answer = await send(method, url, signal, body);
  console.log(`< ${JSON.stringify(answer)}`);
  return answer;
}

/**
 * @param {'GET' | 'POST'} method
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {object} [body]
 * @returns {Promise<Order>}
 */
async function send(method, url, signal, body) {
  const response = await fetch(url, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(longestRequest)]),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
