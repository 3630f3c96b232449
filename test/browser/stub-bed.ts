import type { Page } from 'playwright-core';
import { type SpecBed, specBed } from '../support/spec-bed.js';
import { until } from '../support/wait.js';
import { BrowserBed, type OpenOptions } from './browser-bed.js';
import { StubDashboard } from './stub-dashboard.js';

/** A browser, and a dashboard whose answers the test chooses. */
export class StubBed implements SpecBed {
  readonly stub = new StubDashboard();
  readonly #browser = new BrowserBed();

  async start(): Promise<void> {
    await Promise.all([this.stub.start(), this.#browser.start()]);
  }

  begin(): void {
    this.#browser.begin();
    this.stub.reset();
  }

  async end(): Promise<void> {
    await this.#browser.end();
  }

  async stop(): Promise<void> {
    await this.#browser.stop();
    await this.stub.stop();
  }

  /** `place`: what stands behind the address, such as `#/tubes`. */
  open(place: string, options?: OpenOptions): Promise<Page> {
    return this.#browser.open(`${this.stub.url}${place}`, options);
  }

  /** The dead letters of orders, once they were read. */
  async readDead(options?: OpenOptions): Promise<Page> {
    const page = await this.open('#/dead/orders', options);
    await page.getByRole('button', { name: 'Read dead letters' }).click();
    await page.getByRole('article').first().waitFor();
    return page;
  }

  /** How often a view was asked for. */
  count(path: string): number {
    return this.stub.asked.filter((asked) => asked.path === path).length;
  }

  /** Moves the clock of a page on, so that it reads again, and waits until these views were asked for so often. */
  async readAgain(page: Page, paths: readonly string[], times = 1): Promise<void> {
    for (let again = 0; again < times; again++) {
      const before = paths.map((path) => this.count(path));
      await page.clock.runFor(2_100);
      await until(() => paths.every((path, at) => this.count(path) > (before[at] ?? 0)), {
        what: `more of ${paths.join()}`,
      });
    }
  }
}

export function stubBed(): StubBed {
  return specBed(new StubBed());
}
