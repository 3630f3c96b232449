import { Controller, Get, Inject, Req, Res, type Type, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import type { ResolvedMount } from './dashboard-options.js';
import { Dashboard } from './dashboard.js';
import { hidden } from './hidden.js';
import { historyView } from './history-view.js';
import { type Incoming, targetOf } from './incoming.js';
import { keyView } from './key-view.js';
import { EVENT_STREAM, type Outgoing } from './live-streams.js';
import { keepContext } from './visitors.js';

/** Answers what the page asks: a class for each dashboard. */
export function apiController({ path, guards }: ResolvedMount): Type {
  @Controller({ path: `${path}/api`, version: VERSION_NEUTRAL })
  @UseGuards(...guards, keepContext)
  @hidden
  class DqDashboardApiController {
    readonly #dashboard: Dashboard;

    constructor(@Inject(Dashboard) dashboard: Dashboard) {
      this.#dashboard = dashboard;
    }

    @Get('meta')
    meta(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#show(response, ({ meta, visitors }) => meta.show(visitors.isReadOnly(request)));
    }

    @Get('tubes')
    tubes(@Res() response: unknown): Promise<void> {
      return this.#show(response, ({ tubes }) => tubes.show());
    }

    @Get('nodes')
    nodes(@Res() response: unknown): Promise<void> {
      return this.#show(response, ({ nodes }) => nodes.show());
    }

    @Get('meters')
    meters(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#show(response, ({ meters, runtime }) => {
        const tube = targetOf(request).query.get('tube') ?? '';
        return meters.show(tube === '' ? undefined : runtime.requireTube(tube, 'the dashboard').name);
      });
    }

    @Get('tubes/:tube/dead')
    dead(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      const { query } = targetOf(request);
      return this.#show(response, ({ dead }) => dead.show(request.params['tube'] ?? '', query.get('limit')));
    }

    @Get('tubes/:tube/history')
    history(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      const { query } = targetOf(request);
      return this.#show(response, ({ runtime }) => historyView(runtime, request.params['tube'] ?? '', query));
    }

    @Get('schedules')
    schedules(@Res() response: unknown): Promise<void> {
      return this.#show(response, ({ schedules }) => schedules.show());
    }

    @Get('key')
    key(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#show(response, ({ runtime }) => keyView(runtime, targetOf(request).query));
    }

    @Get('job')
    job(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#show(response, ({ jobs }) => jobs.show(targetOf(request).query));
    }

    @Get('live')
    live(@Req() { headers, method }: Incoming, @Res() response: Outgoing): void {
      const { answers, streams } = this.#dashboard;
      // Whoever asks for no body follows nothing, and would be waited with for ever.
      if (method === 'HEAD') {
        answers.send(response, { type: EVENT_STREAM, text: '' });
        return;
      }
      try {
        streams.add(response, Number(headers['last-event-id']) || 0);
      } catch (error) {
        answers.fail(response, error);
      }
    }

    #show(response: unknown, look: (dashboard: Dashboard) => unknown): Promise<void> {
      return this.#dashboard.answers.json(response, () => look(this.#dashboard));
    }
  }
  return DqDashboardApiController;
}
