import type { Page } from 'playwright-core';
import { type SpecBed, specBed } from '../support/spec-bed.js';
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
}

export function stubBed(): StubBed {
  return specBed(new StubBed());
}
