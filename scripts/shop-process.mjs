// @ts-check
import { AppProcess } from '../harness/app-process.mjs';
import { readable } from './shop-log.mjs';

/** The sample shop as a process of its own; what it prints is passed on, made readable. */
export class ShopProcess extends AppProcess {
  /** @type {string | undefined} */
  #url;

  /** @param {NodeJS.ProcessEnv} env its environment; colours are taken off, and its times are UTC */
  constructor(env) {
    super({
      name: 'the shop',
      script: 'sample-app/dist/main.js',
      output: 'lines',
      // A Ctrl-C comes to us alone, and we stop first the shop and then its servers.
      detached: true,
      // Its JSON has UTC, so its log has it too: a reader compares the two.
      env: { ...env, NO_COLOR: '1', TZ: 'UTC' },
    });
  }

  /**
   * @override
   * @param {string} line
   */
  said(line) {
    const shown = readable(line);
    if (shown !== undefined) console.log(shown);
    this.#url ??= /shop listening on (http:\/\/\S+)/.exec(line)?.[1];
  }

  /**
   * @param {number} timeout milliseconds
   * @returns {Promise<string>} the shop's address, once it listens
   */
  listening(timeout) {
    return this.told(() => this.#url, { what: 'a word that it listens', timeout });
  }

  /**
   * SIGTERM, as an orchestrator would; SIGKILL when the time is over.
   *
   * @param {number} deadline milliseconds
   */
  async stop(deadline) {
    if (!this.running) return;
    this.signal('SIGTERM');
    await this.endsWithin(deadline);
  }
}
