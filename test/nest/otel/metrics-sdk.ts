import { metrics } from '@opentelemetry/api';
import {
  type DataPoint,
  type Histogram,
  MeterProvider,
  type MetricData,
  MetricReader,
} from '@opentelemetry/sdk-metrics';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** The SDK of a test, which is read when the test asks. */
export class MetricsSdk {
  readonly #reader = new Reader();
  readonly #provider = new MeterProvider({ readers: [this.#reader] });

  start(): void {
    metrics.setGlobalMeterProvider(this.#provider);
  }

  async stop(): Promise<void> {
    await this.#provider.shutdown();
    metrics.disable();
  }

  async read(): Promise<readonly MetricData[]> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    if (errors.length > 0) throw new AggregateError(errors, 'some metrics could not be read');
    return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  }

  /** What is told under a name: a count of measurements for a histogram, otherwise the value, by the attributes that are asked for. */
  async values(name: string, ...by: readonly string[]): Promise<Readonly<Record<string, number>>> {
    const metric = (await this.read()).find(({ descriptor }) => descriptor.name === name);
    const points = (metric?.dataPoints ?? []) as readonly DataPoint<number | Histogram>[];
    return Object.fromEntries(
      points.map(({ attributes, value }) => [
        by.map((key) => String(attributes[key])).join(' '),
        typeof value === 'number' ? value : value.count,
      ]),
    );
  }
}
