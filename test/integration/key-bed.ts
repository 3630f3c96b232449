import type { DqProducer } from '../../lib/core/producer/producer.js';
import type { App } from '../support/app.js';
import { specBed } from '../support/spec-bed.js';
import { TestBed } from '../support/test-bed.js';

/** Servers, and applications of one tube that does not run anything yet. */
class KeyBed extends TestBed {
  idle(): { readonly app: App; readonly producer: DqProducer; readonly tube: string } {
    const tube = this.tube();
    const app = this.app({ tubes: [tube] });
    return { app, producer: app.producer(tube), tube };
  }

  /** What has run once all copies are gone, in the order of the starts. */
  async ran(app: App): Promise<unknown[]> {
    await this.drained();
    return app.runs.all.map(({ data }) => data);
  }
}

export function keyBed(): KeyBed {
  return specBed(new KeyBed());
}
