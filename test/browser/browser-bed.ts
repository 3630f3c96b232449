import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { dataDir } from '../../scripts/root.mjs';
import { findBrowser } from '../../scripts/server-binaries.mjs';
import { type SpecBed, specBed } from '../support/spec-bed.js';

const path = findBrowser();

/** As `describe`; skipped, by name, where this machine has no browser. */
export const describePage = path === undefined ? describe.skip : describe;

export interface OpenOptions extends BrowserContextOptions {
  /** What the console may say, in a test that brings it about, such as that a request failed. */
  readonly tolerated?: RegExp;
  /** The test moves the clock of the page with `page.clock`. */
  readonly clock?: boolean;
  /** Before the page is loaded. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

const SCREENSHOTS = join(dataDir, 'screenshots');
/** The zone in which the pages are. */
const ZONE = 'Europe/Berlin';

/** One browser for a spec. After each test no page may have complained, shown a dialog of the browser, or asked another site for anything. */
export class BrowserBed implements SpecBed {
  readonly #complaints: string[] = [];
  #browser: Browser | undefined;
  /** Of all pages without options of their own, with and without a clock that is moved: what they load is in its cache. */
  readonly #kept = new Map<boolean, BrowserContext>();

  async start(): Promise<void> {
    if (path === undefined) return;
    this.#browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox'] });
    await mkdir(SCREENSHOTS, { recursive: true });
  }

  begin(): void {
    this.#complaints.length = 0;
  }

  async end(): Promise<void> {
    const kept = [...this.#kept.values()];
    const others = (this.#browser?.contexts() ?? []).filter((context) => !kept.includes(context));
    await Promise.all([...others, ...kept.flatMap((context) => context.pages())].map((open) => open.close()));
    expect(this.#complaints).toEqual([]);
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
  }

  async open(url: string, { tolerated, prepare, clock = false, ...options }: OpenOptions = {}): Promise<Page> {
    const context = await this.#context(options, clock, prepare === undefined);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const complain = (text: string): void => {
      if (tolerated?.test(text) !== true) this.#complaints.push(text);
    };
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complain(message.text());
    });
    page.on('pageerror', (error) => complain(error.stack ?? error.message));
    page.on('dialog', (dialog) => {
      complain(`a dialog of the browser: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(url).origin) complain(`asked another site: ${request.url()}`);
    });
    await prepare?.(page);
    await page.goto(url);
    return page;
  }

  async #context(options: BrowserContextOptions, clock: boolean, isUnprepared: boolean): Promise<BrowserContext> {
    if (this.#browser === undefined) throw new Error('this bed has no browser before its start');
    const isUsual = isUnprepared && Object.keys(options).length === 0;
    const kept = isUsual ? this.#kept.get(clock) : undefined;
    if (kept !== undefined) return kept;
    const viewport = { width: 1200, height: 800 };
    const context = await this.#browser.newContext({ viewport, timezoneId: ZONE, colorScheme: 'light', ...options });
    if (clock) await context.clock.install();
    if (isUsual) this.#kept.set(clock, context);
    return context;
  }
}

/** The browser of the spec, or the `describe`, that calls this. */
export function browserBed(): BrowserBed {
  return specBed(new BrowserBed());
}

/** Writes what the page looks like into `.data/screenshots`. */
export async function photograph(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' });
}

/** Fails when axe-core finds something that keeps people from using the page. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => ({
      id,
      help,
      at: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })),
    }));
  expect(grave).toEqual([]);
}

/** Fails when the page has to be moved sideways to be read. */
export async function expectNoSideways(page: Page): Promise<void> {
  const { width, room } = await page.evaluate<{ readonly width: number; readonly room: number }>(
    '({ width: document.documentElement.scrollWidth, room: document.documentElement.clientWidth })',
  );
  expect({ width, isWithin: width <= room }).toEqual({ width, isWithin: true });
}
