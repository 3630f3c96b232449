// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {{ id: string, status: string, cancelAt: string }} Order */

const book = { item: 'book', price: 12 };
/** A shop that was told to cancel after half an hour is not waited for. */
const patience = 60_000;

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
  const unpaid = await ask('POST', `${shop}/orders`, signal, book);
  if (await timeIsUp(unpaid, signal)) await cancelled(`${shop}/orders/${unpaid.id}`, signal);

  console.log('\nSecond order: paid in time, so its jobs are cancelled.');
  const paid = await ask('POST', `${shop}/orders`, signal, book);
  await sleep(1000, undefined, { signal });
  await ask('POST', `${shop}/orders/${paid.id}/pay`, signal);
  if (await timeIsUp(paid, signal)) {
    await sleep(1000, undefined, { signal });
    const { status } = await ask('GET', `${shop}/orders/${paid.id}`, signal);
    console.log(`Its time was up a second ago, and it is still ${status}.`);
  }
  console.log('\nThe demo is over, the shop goes on. Ctrl-C stops everything.');
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
    const response = await fetch(url, { signal });
    const { status } = await answerOf(response, `GET ${url}`);
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
async function ask(method, url, signal, body) {
  const request = `${method} ${new URL(url).pathname}`;
  const json = body && JSON.stringify(body);
  console.log(['>', request, ...(json ? [json] : [])].join(' '));
  const headers = json ? { 'content-type': 'application/json' } : undefined;
  const answer = await answerOf(await fetch(url, { method, headers, body: json, signal }), request);
  console.log(`< ${JSON.stringify(answer)}`);
  return answer;
}

/**
 * @param {Response} response
 * @param {string} request
 * @returns {Promise<Order>}
 */
async function answerOf(response, request) {
  const text = await response.text();
  if (!response.ok) throw new Error(`${request} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
