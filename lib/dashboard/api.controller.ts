import { Get, Inject, Post, Req, Res, type Type } from '@nestjs/common';
import { ActionBody } from './action-body.js';
import type { Actions } from './actions.js';
import type { ResolvedMount } from './dashboard-options.js';
import { Dashboard } from './dashboard.js';
import { Refusal } from './failure.js';
import { historyView } from './history-view.js';
import { type Incoming, targetOf } from './incoming.js';
import { keyView } from './key-view.js';
import { EVENT_STREAM, type Outgoing } from './live-streams.js';
import { Mounted } from './mounted.js';
import { requireSameSite } from './same-site.js';

type Act = (actions: Actions, body: ActionBody, by: string | undefined) => unknown;

/** Answers what the page asks, and does what an operator asks for: a class for each dashboard. */
export function apiController(mount: ResolvedMount): Type {
  @Mounted(mount, '/api')
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
      return this.#show(response, ({ tubes }) => tubes.get());
    }

    @Get('nodes')
    nodes(@Res() response: unknown): Promise<void> {
      return this.#show(response, ({ nodes }) => nodes.get());
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
      return this.#show(response, ({ dead }) => dead.show(tubeOf(request), query.get('limit')));
    }

    @Get('tubes/:tube/history')
    history(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      const { query } = targetOf(request);
      return this.#show(response, ({ runtime }) => historyView(runtime, tubeOf(request), query));
    }

    @Get('schedules')
    schedules(@Res() response: unknown): Promise<void> {
      return this.#show(response, ({ schedules }) => schedules.get());
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

    @Post('tubes/:tube/pause')
    pause(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) => actions.pause(tubeOf(request), body, by));
    }

    @Post('tubes/:tube/resume')
    resume(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, _body, by) => actions.resume(tubeOf(request), by));
    }

    @Post('tubes/:tube/dead/:how')
    letters(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) =>
        actions.dead(howOf(request, ['retry', 'delete']), tubeOf(request), body, by),
      );
    }

    @Post('schedules/:how')
    schedule(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) =>
        actions.schedule(howOf(request, ['pause', 'resume', 'run', 'remove']), body, by),
      );
    }

    @Post('key/:how')
    keyed(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) =>
        howOf(request, ['cancel', 'move']) === 'move' ? actions.moveKey(body, by) : actions.cancelKey(body, by),
      );
    }

    @Post('job/revoke')
    revoke(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) => actions.revoke(body, by));
    }

    #show(response: unknown, look: (dashboard: Dashboard) => unknown): Promise<void> {
      return this.#dashboard.answers.json(response, () => look(this.#dashboard));
    }

    #act(request: Incoming, response: unknown, act: Act): Promise<void> {
      const { answers, actions, visitors } = this.#dashboard;
      return answers.json(response, async () => {
        requireSameSite(request);
        if (visitors.isReadOnly(request))
          throw new Refusal(
            403,
            'READ_ONLY',
            'Expected somebody who may act on this dashboard, got somebody who may only look.',
          );
        const body = await ActionBody.of(request);
        try {
          return await act(actions, body, visitors.actor(request));
        } finally {
          this.#dashboard.forget();
        }
      });
    }
  }
  return DqDashboardApiController;
}

function tubeOf({ params }: Incoming): string {
  return params['tube'] ?? '';
}

/** @throws Refusal */
function howOf<How extends string>({ params }: Incoming, words: readonly How[]): How {
  const how = words.find((word) => word === params['how']);
  if (how !== undefined) return how;
  throw new Refusal(404, 'NO_ACTION', `Expected one of ${words.join(', ')}, got another word.`);
}
