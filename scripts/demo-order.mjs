// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

const order = { item: 'book', price: 12 };

/**
 * The lines a reader can paste into another terminal.
 *
 * @param {string} shop
 */
export function curlLines(shop) {
  return [
    `curl -s -X POST ${shop}/orders -H 'content-type: application/json' -d '${JSON.stringify(order)}'`,
    `curl -s ${shop}/orders/<id>`,
    `curl -s -X POST ${shop}/orders/<id>/pay`,
  ];
}

/**
 * Places an order that nobody pays, and prints each state it goes through until its time is up.
 *
 * @param {string} shop
 * @param {AbortSignal} signal
 */
export async function showDemoOrder(shop, signal) {
  const placed = await ask(`${shop}/orders`, signal, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
  });
  console.log(`placed a demo order that nobody pays: ${JSON.stringify(placed)}`);
  let last = JSON.stringify(placed);
  const until = performance.now() + 60_000;
  while (performance.now() < until) {
    await sleep(500, undefined, { signal });
    const now = await ask(`${shop}/orders/${placed.id}`, signal);
    if (JSON.stringify(now) === last) continue;
    last = JSON.stringify(now);
    console.log(`the demo order is now: ${last}`);
    if (now.status === 'cancelled') return;
  }
}

/**
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {RequestInit} [init]
 * @returns {Promise<{ id: string, status?: string }>}
 */
async function ask(url, signal, init) {
  const response = await fetch(url, { ...init, signal });
  const text = await response.text();
  if (!response.ok) throw new Error(`${init?.method ?? 'GET'} ${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
