import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Redis } from 'ioredis';
import { compileShim, ShimControl } from '../../../faults/shim/shim.js';
import type { Finding, Level } from '../../../lib/cli/doctor/finding.js';
import { Beanstalkd, RedisServer } from '../../../scripts/servers.mjs';
import { askRedis } from '../../support/ask-redis.js';
import { HostileServer } from '../../support/hostile-server.js';
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

/** A level, what is found, and what to do: a part of it, or a pattern. */
export type Expected = Level | readonly [level: Level, found: string | RegExp | undefined, todo?: string | RegExp];

interface Patient {
  readonly beanstalks?: readonly string[];
  readonly redis?: string;
  readonly args?: readonly string[];
  readonly signal?: AbortSignal;
  /** Of which the findings are meant; all, where it is not given. */
  readonly subject?: string;
}

/** Asks a Redis of a test something. */
export const on = <T>({ url }: Pick<RedisServer, 'url'>, use: (redis: Redis) => Promise<T>): Promise<T> =>
  askRedis(url, use);

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

  /** A server that takes connections and answers what it is told to; by default nothing. */
  async hostile(...answer: Parameters<typeof HostileServer.listen>): Promise<HostileServer> {
    const server = await HostileServer.listen(...answer);
    this.later(() => server.close());
    return server;
  }

  /** The address of an HTTP server. */
  async http(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    this.later(
      () =>
        new Promise((resolve) => {
          server.close(resolve);
        }),
    );
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** What makes the disk and the clock of a server lie. */
  async shim(name: string): Promise<ShimControl> {
    const shim = new ShimControl(await compileShim(join(this.#dir, 'shim')), this.#dir, name);
    this.later(() => shim.close());
    return shim;
  }

  /** Diagnoses, and expects the exit code and these findings, each the only one of its check. */
  async finds(patient: Patient, code: number, expected: Readonly<Record<string, Expected>>): Promise<Diagnosis> {
    const diagnosis = await this.diagnose(patient);
    expect(diagnosis.code).toBe(code);
    for (const [check, each] of Object.entries(expected)) {
      const [level, found, todo] = typeof each === 'string' ? [each] : each;
      const wanted = { check, level, ...(found && { found: like(found) }), ...(todo && { todo: like(todo) }) };
      expect(diagnosis.one(check, patient.subject)).toMatchObject(wanted);
    }
    return diagnosis;
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

function like(text: string | RegExp): unknown {
  return typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text);
}

export function doctorBed(): DoctorBed {
  return specBed(new DoctorBed());
}
