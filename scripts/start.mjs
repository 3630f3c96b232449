// @ts-check
// npm start: builds the library and the sample shop, runs the shop with its jobs in its own process, and shows the lives of two
// orders. npm run start:cluster gives it private servers instead.
// DQ_BEANSTALKS and REDIS_URL name servers of yours; DQ_FILE, without any, a file that keeps the jobs of an embedded queue; PORT,
// CANCEL_AFTER and REMIND_AFTER go to the shop as they are; DQ_DATA_DIR is where the private servers keep their data.
// package.json says `exec node`: otherwise a shell stands between npm and us, and keeps the SIGTERM that npm passes on.
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { ensureBuilt, library, sampleApp } from './build.mjs';
import { curlLines, orderThatBounces, otherCustomers, showDemoOrders } from './demo.mjs';
import { ensurePackages } from './packages.mjs';
import { dataDir } from './root.mjs';
import { ShopProcess } from './shop-process.mjs';

const shopDeadline = 20_000;
const wantsCluster = process.argv.includes('--cluster');

/** Runs until a signal comes or the shop ends. Resolves with the exit code. */
async function main() {
  refuseBoth(process.env);
  const stopping = new AbortController();
  /** @type {ShopProcess | undefined} */
  let shop;
  let stoppingSince = 0;
  const onSignal = () => {
    if (stopping.signal.aborted) {
      // One Ctrl-C comes twice, from the terminal and from npm. A later one is from somebody who does not want to wait.
      if (performance.now() - stoppingSince > 1000) shop?.signal('SIGKILL');
      return;
    }
    console.log('\nstopping ...');
    stoppingSince = performance.now();
    stopping.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);

  /** @type {import('./private-servers.mjs').PrivateServers | undefined} */
  let servers;
  try {
    const buildLibrary = () => {
      console.log('building ...');
      ensureBuilt(library);
    };
    for (const prepare of [ensurePackages, buildLibrary, () => ensureBuilt(sampleApp)]) {
      prepare();
      await hearSignals();
      if (stopping.signal.aborted) return 0;
    }
    // Partly TypeScript, and what loads that may have been installed just now.
    await import('../harness/typescript-loader.mjs');
    const { PrivateServers } = await import('./private-servers.mjs');
    const { freePort } = await import('./free-port.mjs');
    servers = new PrivateServers(process.env.DQ_DATA_DIR || join(dataDir, 'start'));
    const addresses = await queueOf(process.env, servers);
    if (stopping.signal.aborted) return 0;
    const { PORT, CANCEL_AFTER } = process.env;
    shop = new ShopProcess({
      ...process.env,
      ...addresses,
      PORT: PORT || String(await freePort()),
      CANCEL_AFTER: CANCEL_AFTER || '8s',
    });
    return await serve(shop, stopping.signal);
  } catch (error) {
    await hearSignals();
    // Ctrl-C goes to npm ci and the compiler too, and makes them fail.
    if (stopping.signal.aborted) return 0;
    throw error;
  } finally {
    await shop?.stop(shopDeadline);
    await servers?.stop();
    if (stopping.signal.aborted) console.log(shop ? `stopped; ${fateOf(process.env)}` : 'stopped');
  }
}

/**
 * Whoever names a file expects the jobs in it, and would not find them there. The shop refuses both too, but not the servers that are
 * started here.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function refuseBoth({ DQ_FILE, ...env }) {
  const servers = [...serversIn(env), ...(wantsCluster ? ['start:cluster'] : [])];
  if (!DQ_FILE || servers.length === 0) return;
  throw new Error(
    `Expected servers (${servers.join(', ')}) or DQ_FILE, which keeps jobs without servers, got both. Leave out DQ_FILE, or the servers.`,
  );
}

/**
 * The variables that name servers.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function serversIn(env) {
  return ['DQ_BEANSTALKS', 'REDIS_URL'].filter((name) => env[name]);
}

/**
 * What the shop's environment says of its queue; and a line for the reader about that.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./private-servers.mjs').PrivateServers} servers
 */
async function queueOf(env, servers) {
  const { DQ_BEANSTALKS, REDIS_URL, DQ_FILE } = env;
  const set = serversIn(env);
  if (set.length > 0) {
    console.log(`${set.join(' and ')} in the environment, so these servers are used:`);
  } else if (!wantsCluster) {
    console.log(`embedded    no servers; jobs ${DQ_FILE ? `are kept in ${DQ_FILE}` : 'end with the shop'}`);
    return {};
  }
  const addresses = await servers.start(env);
  const ours = (/** @type {string | undefined} */ theirs) => (theirs ? '' : '  (started for you)');
  console.log(`beanstalkd  ${addresses.DQ_BEANSTALKS}${ours(DQ_BEANSTALKS)}`);
  console.log(`redis       ${addresses.REDIS_URL}${ours(REDIS_URL)}`);
  return addresses;
}

/**
 * What became of the jobs that waited, for whoever pressed Ctrl-C in the middle.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function fateOf({ DQ_FILE, ...env }) {
  if (serversIn(env).length > 0 || wantsCluster) return 'jobs that waited stay on the nodes';
  return DQ_FILE ? `jobs that waited are kept in ${DQ_FILE}` : 'jobs that waited ended with the shop';
}

/** Installing and building block the event loop. A signal that came meanwhile is delivered in its second turn at the latest. */
async function hearSignals() {
  await turn();
  await turn();
}

/**
 * What `fetch` throws says only in its cause what was wrong.
 *
 * @param {unknown} error
 * @returns {string}
 */
function withCauses(error) {
  if (!(error instanceof Error)) return String(error);
  // An address that has two families fails with an AggregateError, which has a code and no message.
  const text = error.message || ('code' in error ? String(error.code) : error.name);
  return error.cause === undefined ? text : `${text}: ${withCauses(error.cause)}`;
}

/**
 * @param {ShopProcess} shop
 * @param {AbortSignal} stopping
 * @returns {Promise<number>}
 */
async function serve(shop, stopping) {
  const stopped = new Promise((resolve) => stopping.addEventListener('abort', resolve, { once: true }));
  const address = await Promise.race([shop.listening(shopDeadline), stopped.then(() => undefined)]);
  if (address === undefined) return 0;
  console.log(
    [
      '',
      `The dashboard: ${address}/dq`,
      'Try it in another terminal; ID stands for the id in an answer:',
      ...curlLines(address).map((line) => `  ${line}`),
      'Ctrl-C stops everything. All times are UTC, in the log as in the answers.',
      '',
    ].join('\n'),
  );
  const ended = new AbortController();
  const signal = AbortSignal.any([stopping, ended.signal]);
  showDemo(address, signal).catch((/** @type {unknown} */ error) => {
    if (!signal.aborted) console.error(`the demo failed, the shop goes on: ${withCauses(error)}`);
  });
  const exit = await Promise.race([shop.ended, stopped.then(() => undefined)]);
  ended.abort();
  if (exit === undefined) return 0;
  console.error(`the shop ended by itself: ${exit.signal ?? `exit code ${exit.code}`}`);
  return 1;
}

/**
 * @param {string} shop
 * @param {AbortSignal} signal
 */
async function showDemo(shop, signal) {
  const mend = await orderThatBounces(shop, signal);
  console.log(
    [
      'Other customers order every 2 s, for half an hour; the dashboard alone shows them. One confirmation mail bounces, and is',
      'a dead letter there. Retried, it bounces again, until its address is mended:',
      `  ${mend}`,
      '',
      'Two orders as a demo:',
      '',
    ].join('\n'),
  );
  await Promise.all([showDemoOrders(shop, signal), otherCustomers(shop, signal)]);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
