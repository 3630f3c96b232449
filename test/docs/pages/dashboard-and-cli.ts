// The code of docs/guides/dashboard-and-cli.md, compiled and run.
import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { type DqEventOf, type DqInspector, DqModule, OnDqEvent } from 'nestjs-dq';
import { DqDashboardModule } from 'nestjs-dq/dashboard';
import { operatorOf, PasswordGuard } from './operators.js';

@Module({
  imports: [
    DqModule.forRoot({ embedded: true, tubes: ['orders', 'cards'] }),
    DqDashboardModule.forRoot({
      title: 'Shop, production',
      guards: [PasswordGuard],
      actor: (context) => operatorOf(context)?.name,
      readOnly: (context) => operatorOf(context)?.mayAct !== true,
      payloads: (data, { tube }) => (tube === 'cards' ? '(not shown)' : data),
    }),
  ],
})
export class AppModule {}

export function two(): readonly DynamicModule[] {
  return [
    DqDashboardModule.forRoot({ path: 'support/jobs', guards: [PasswordGuard], readOnly: true, payloads: false }),
    DqDashboardModule.forRoot({ path: 'admin/jobs', guards: [PasswordGuard] }),
  ];
}

@Injectable()
export class Config {
  readonly environment: string = 'production';
}

@Module({ providers: [Config], exports: [Config] })
export class ConfigModule {}

export function fromFactory(): DynamicModule {
  return DqDashboardModule.forRootAsync({
    path: 'ops/jobs', // where it is and who gets in is said beside the factory
    guards: [PasswordGuard],
    imports: [ConfigModule],
    inject: [Config],
    useFactory: (config: Config) => ({ title: `Shop, ${config.environment}` }),
  });
}

@Injectable()
export class AuditLog {
  readonly lines: string[] = [];

  @OnDqEvent('operator-action')
  acted({ what, tube, subject, by }: DqEventOf<'operator-action'>): void {
    this.lines.push(`${by ?? 'somebody'}: ${what} ${subject ?? ''} of ${tube ?? 'all'}`);
  }
}

export async function pauses(inspector: DqInspector): Promise<void> {
  await inspector.pause('orders', { reason: 'migration', for: '10m' }); // from now on no attempt starts anywhere
  const paused = await inspector.paused(); // [{ tube: 'orders', since, until, reason }]
  await inspector.resume('orders'); // consumers see it within a second

  expectOne(paused);
}

function expectOne(paused: readonly unknown[]): void {
  if (paused.length !== 1) throw new Error(`expected one tube to be paused, got ${paused.length}`);
}
