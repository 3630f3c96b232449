import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../../lib/cli/doctor/finding.js';
import { Beanstalkd, RedisServer } from '../../../scripts/servers.mjs';
import { type Census, countResources, expectNoLeaks } from '../../support/leaks.js';
import { type SpecBed, specBed } from '../../support/spec-bed.js';
import { ran } from '../cli-run.js';

/** What a run of the doctor came to. */
export interface Diagnosis {
  readonly code: number;
  readonly findings: readonly Finding[];
  /** All that was printed. */
  readonly text: string;
  /** The findings of one check, of one subject or of all. */
  readonly of: (check: string, subject?: string) => readonly Finding[];
  /** The same, when there is exactly one. */
  readonly one: (check: string, subject?: string) => Finding;
}

interface Patient {
  readonly beanstalks?: readonly string[];
  readonly redis?: string;
  readonly args?: readonly string[];
  readonly signal?: AbortSignal;
}

/** A Redis and a node that are well, and servers of a test that need not be. */
export class DoctorBed implements SpecBed {
  #dir = '';
  #redis: RedisServer | undefined;
  #node: Beanstalkd | undefined;
  #count = 0;
  #census: Census = new Map();
  readonly #ends: (() => unknown)[] = [];

  async start(): Promise<void> {
    this.#dir = await mkdtemp(join(tmpdir(), 'nestjs-dq-doctor-'));
    this.#redis = await RedisServer.start({ dir: join(this.#dir, 'redis') });
    this.#node = await Beanstalkd.start({ dir: join(this.#dir, 'node') });
    // Node keeps what resolves names.
    await this.diagnose({ beanstalks: ['localhost:1'] });
  }

  begin(): void {
    this.#census = countResources();
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).toReversed()) await end();
    await expectNoLeaks(this.#census);
  }

  async stop(): Promise<void> {
    await this.#redis?.kill();
    await this.#node?.kill();
    await rm(this.#dir, { recursive: true, force: true });
  }

  get dir(): string {
    return this.#dir;
  }

  get redis(): RedisServer {
    return this.#redis!;
  }

  get node(): Beanstalkd {
    return this.#node!;
  }

  /** Done when the test is over, the last first. */
  later(end: () => unknown): void {
    this.#ends.push(end);
  }

  /** A node of this test alone. */
  async ownNode(options: Partial<ConstructorParameters<typeof Beanstalkd>[0]> = {}): Promise<Beanstalkd> {
    const node = await Beanstalkd.start({ dir: join(this.#dir, `own-${++this.#count}`), ...options });
    this.later(() => node.kill());
    return node;
  }

  /** A Redis of this test alone. */
  async ownRedis(options: Partial<ConstructorParameters<typeof RedisServer>[0]> = {}): Promise<RedisServer> {
    const redis = await RedisServer.start({ dir: join(this.#dir, `own-${++this.#count}`), ...options });
    this.later(() => redis.kill());
    return redis;
  }

  async diagnose({ beanstalks, redis, args = [], signal }: Patient = {}): Promise<Diagnosis> {
    const env = {
      DQ_BEANSTALKS: (beanstalks ?? [this.node.endpoint]).join(','),
      REDIS_URL: redis ?? this.redis.url,
    };
    const least = beanstalks === undefined || beanstalks.length === 1 ? ['--min-writes', '1'] : [];
    const { code, out, err } = await ran(['doctor', '--json', ...least, ...args], { env, signal });
    const { findings } = (out === '' ? { findings: [] } : JSON.parse(out)) as { readonly findings: readonly Finding[] };
    const of = (check: string, subject?: string): readonly Finding[] =>
      findings.filter((finding) => finding.check === check && (subject === undefined || finding.subject === subject));
    const one = (check: string, subject?: string): Finding => {
      const [found, ...others] = of(check, subject);
      if (found === undefined || others.length > 0) throw new Error(`not one finding of ${check}: ${out}`);
      return found;
    };
    return { code, findings, text: out + err, of, one };
  }
}

export function doctorBed(): DoctorBed {
  return specBed(new DoctorBed());
}
