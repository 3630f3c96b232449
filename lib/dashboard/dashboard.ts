import type { HttpAdapterHost } from '@nestjs/core';
import type { DqRuntime } from '../core/runtime.js';
import { Actions } from './actions.js';
import { Answers } from './answers.js';
import type { ResolvedSettings } from './dashboard-options.js';
import { DeadViews } from './dead-view.js';
import { JobViews } from './job-view.js';
import { LiveEvents } from './live-events.js';
import { LiveStreams } from './live-streams.js';
import { MetaViews } from './meta-view.js';
import { METERED, Meters } from './meters.js';
import { NodesViews } from './nodes-view.js';
import { PageFiles } from './page-files.js';
import { type Cron, SchedulesViews } from './schedules-view.js';
import { TubesViews } from './tubes-view.js';
import { Visitors } from './visitors.js';
import { WatchedServers } from './watched-servers.js';

/** What the controllers of one dashboard share. While nobody looks, it listens to events and asks nothing. */
export class Dashboard {
  readonly runtime: DqRuntime;
  readonly answers: Answers;
  readonly visitors: Visitors;
  readonly meta: MetaViews;
  readonly tubes: TubesViews;
  readonly nodes: NodesViews;
  readonly meters: Meters;
  readonly dead: DeadViews;
  readonly schedules: SchedulesViews;
  readonly jobs: JobViews;
  readonly streams: LiveStreams;
  readonly actions: Actions;
  #files: PageFiles | undefined;

  constructor(
    runtime: DqRuntime,
    settings: ResolvedSettings,
    adapterHost: HttpAdapterHost,
    cron: (() => Cron) | undefined,
    used: () => readonly string[],
  ) {
    const { clock } = runtime.parts;
    const watched = new WatchedServers(clock);
    this.runtime = runtime;
    this.answers = new Answers(adapterHost);
    this.visitors = new Visitors(settings);
    this.meta = new MetaViews(runtime, settings, cron !== undefined);
    this.tubes = new TubesViews(runtime, used);
    this.nodes = new NodesViews(runtime, watched);
    this.meters = new Meters(settings.historyMinutes, clock);
    this.dead = new DeadViews(runtime, settings);
    this.schedules = new SchedulesViews(runtime, cron);
    this.jobs = new JobViews(runtime, settings);
    this.streams = new LiveStreams(new LiveEvents(runtime), clock);
    this.actions = new Actions(runtime, this.schedules);
    runtime.listen({ name: 'the meters of the dashboard', types: METERED, tell: this.meters.add });
    runtime.listen({ name: 'the dashboard', types: WatchedServers.types, tell: watched.tell });
  }

  get files(): PageFiles {
    return (this.#files ??= new PageFiles());
  }

  /** After an action, what was seen before is old. */
  forget(): void {
    this.tubes.forget();
    this.dead.forget();
    this.schedules.forget();
  }
}
