import { afterEach, beforeEach } from '@jest/globals';
import { EmbeddedApp, QueueFolder } from '../../../support/embedded-app.js';
import { type Census, countResources, expectNoLeaks } from '../../../support/leaks.js';

type Parts = ConstructorParameters<typeof EmbeddedApp>[1];

/** Applications on one file, anew for each test; after it they are closed and nothing is left. */
export class AppsBed {
  folder!: QueueFolder;
  #apps: EmbeddedApp[] = [];

  constructor() {
    let before: Census;
    beforeEach(() => {
      before = countResources();
      this.folder = new QueueFolder();
      this.#apps = [];
    });
    afterEach(async () => {
      await Promise.all(this.#apps.map((app) => app.close()));
      this.folder.remove();
      await expectNoLeaks(before);
    });
  }

  open(parts: Parts = {}, file = this.folder.file): EmbeddedApp {
    const app = new EmbeddedApp({ embedded: { file }, shutdownDeadline: 0 }, parts);
    this.#apps.push(app);
    return app;
  }
}
