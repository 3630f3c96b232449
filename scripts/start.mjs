// @ts-check
// npm start: builds the library and the sample shop, gives the shop private servers, and shows one order's life.
// DQ_BEANSTALKS and REDIS_URL name servers of yours; PORT, CANCEL_AFTER and REMIND_AFTER go to the shop as they are;
// DQ_DATA_DIR is where the private servers keep their data.
// package.json says `exec node`: otherwise a shell stands between npm and us, and keeps the SIGTERM that npm passes on.
import { join } from 'node:path';
import { ensureBuilt, library, sampleApp } from './build.mjs';
import { curlLines, showDemoOrder } from './demo-order.mjs';
import { freePort } from './free-port.mjs';
import { ensurePackages } from './packages.mjs';
import { PrivateServers } from './private-servers.mjs';
import { dataDir } from './root.mjs';
import { ShopProcess } from './shop-process.mjs';

const shopDeadline = 20_000;

/** Runs until a signal comes or the shop ends. Resolves with the exit code. */
async function main() {
  const stopping = new AbortController();
  /** @type {ShopProcess | undefined} */
  let shop;
  let stoppingSince = 0;
  const onSignal = () => {
    if (stopping.signal.aborted) {
      // One Ctrl-C comes twice, from the terminal and from npm. A later one is from somebody who does not want to wait.
      if (performance.now() - stoppingSince > 1000) shop?.kill();
      return;
    }
    console.log('stopping ...');
    stoppingSince = performance.now();
    stopping.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);

  const servers = new PrivateServers(process.env.DQ_DATA_DIR || join(dataDir, 'start'));
  try {
    ensurePackages();
    console.log('building ...');
    ensureBuilt(library);
    ensureBuilt(sampleApp);
    const addresses = await servers.start(process.env);
    if (stopping.signal.aborted) return 0;
    console.log(`beanstalkd on ${addresses.DQ_BEANSTALKS}, Redis on ${addresses.REDIS_URL}`);
    shop = new ShopProcess({
      CANCEL_AFTER: '8s',
      REMIND_AFTER: '4s',
      PORT: String(await freePort()),
      ...process.env,
      ...addresses,
    });
    return await serve(shop, stopping.signal);
  } finally {
    await shop?.stop(shopDeadline);
    await servers.stop();
  }
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
      'try in another terminal:',
      ...curlLines(address).map((line) => `  ${line}`),
      'Ctrl-C stops everything.',
      '',
    ].join('\n'),
  );
  const ended = new AbortController();
  showDemoOrder(address, AbortSignal.any([stopping, ended.signal])).catch((/** @type {unknown} */ error) => {
    if (!stopping.aborted && !ended.signal.aborted) console.error('the demo order failed:', error);
  });
  const exit = await Promise.race([shop.exited, stopped.then(() => undefined)]);
  ended.abort();
  if (exit === undefined) return 0;
  console.error(`the shop ended by itself: ${exit.signal ?? `exit code ${exit.code}`}`);
  return 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
