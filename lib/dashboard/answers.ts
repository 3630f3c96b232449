import { Logger } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { failureOf } from './failure.js';
import { policy } from './page-files.js';

/** The status, and what is in an answer. */
export interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = 'application/json; charset=utf-8';
/** On each answer; an answer may say otherwise. */
export const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': policy(),
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Sends answers through Nest's adapter, so that Express and Fastify are one. What a route returns would pass through the application's own interceptors: one that
 * wraps all answers in `{ data }` is common, and the page could not read them. Errors are told here too, for the same reason; those of guards are the
 * application's own.
 */
export class Answers {
  readonly #adapterHost: HttpAdapterHost;
  readonly #logger = new Logger('DqDashboardModule');

  constructor(adapterHost: HttpAdapterHost) {
    this.#adapterHost = adapterHost;
  }

  /** Sends what `look` comes to, or its failure. Never rejects. */
  async json(response: unknown, look: () => unknown): Promise<void> {
    try {
      const view = await look();
      this.send(response, { type: JSON_TYPE, text: JSON.stringify(view) });
    } catch (error) {
      this.fail(response, error);
    }
  }

  fail(response: unknown, error: unknown): void {
    let failure = failureOf(error);
    if (failure === undefined) {
      this.#logger.error(error);
      const message = 'The dashboard failed. The log of the application says where.';
      failure = { status: 500, view: { code: 'INTERNAL', message } };
    }
    this.send(response, { status: failure.status, type: JSON_TYPE, text: JSON.stringify(failure.view) });
  }

  send(response: unknown, { status = 200, type, text, headers }: Answer): void {
    const { httpAdapter } = this.#adapterHost;
    for (const [name, value] of Object.entries({ ...HEADERS, ...headers, 'Content-Type': type }))
      httpAdapter.setHeader(response, name, value);
    httpAdapter.reply(response, text, status);
  }
}
