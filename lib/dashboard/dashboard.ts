import type { HttpAdapterHost } from '@nestjs/core';
import type { DqRuntime } from '../core/runtime.js';
import { Answers } from './answers.js';
import type { ResolvedSettings } from './dashboard-options.js';
import { MetaViews } from './meta-view.js';
import { PageFiles } from './page-files.js';
import { TubesViews } from './tubes-view.js';
import { Visitors } from './visitors.js';

/** What the controllers of one dashboard share. */
export class Dashboard {
  readonly answers: Answers;
  readonly visitors: Visitors;
  readonly meta: MetaViews;
  readonly tubes: TubesViews;
  #files: PageFiles | undefined;

  constructor(runtime: DqRuntime, settings: ResolvedSettings, adapterHost: HttpAdapterHost, hasSchedules: boolean) {
    this.answers = new Answers(adapterHost);
    this.visitors = new Visitors(settings);
    this.meta = new MetaViews(runtime, settings, hasSchedules);
    this.tubes = new TubesViews(runtime);
  }

  get files(): PageFiles {
    return (this.#files ??= new PageFiles());
  }
}
