// The code of docs/guides/dashboard-and-cli.md, compiled and run.
import { createHash, timingSafeEqual } from 'node:crypto';
import {
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  Injectable,
  Module,
  UnauthorizedException,
} from '@nestjs/common';
import { type DqEventOf, type DqInspector, DqModule, OnDqEvent } from 'nestjs-dq';
import { DqDashboardModule } from 'nestjs-dq/dashboard';

export interface Operator {
  readonly name: string;
  readonly mayAct: boolean;
}

interface OperatorRequest {
  readonly headers: { readonly authorization?: string };
  readonly session?: { readonly operator?: Operator };
  operator?: Operator;
}

@Injectable()
export class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<OperatorRequest>();
    request.operator = request.session?.operator; // as your login has put it there
    return request.operator !== undefined;
  }
}

@Injectable()
export class Operators {
  readonly known = [
    { name: 'ann', password: 'secret', mayAct: true },
    { name: 'bob', password: 'secret', mayAct: false },
  ];

  find(name: string, password: string): Operator | undefined {
    const operator = this.known.find((one) => one.name === name);
    const [given, wanted] = [password, operator?.password ?? ''].map((text) =>
      createHash('sha256').update(text).digest(),
    );
    return operator !== undefined && timingSafeEqual(given!, wanted!) ? operator : undefined;
  }
}

@Injectable()
export class PasswordGuard implements CanActivate {
  constructor(private readonly operators: Operators) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<OperatorRequest>();
    const [, basic = ''] = /^Basic (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, 'base64').toString()) ?? [];
    request.operator = this.operators.find(name, password);
    if (request.operator !== undefined) return true;
    const response = http.getResponse<{ header(name: string, value: string): void }>();
    response.header('WWW-Authenticate', 'Basic realm="jobs"'); // the browser asks for a name and a password
    throw new UnauthorizedException();
  }
}

@Module({ providers: [Operators], exports: [Operators] })
export class OperatorsModule {}

function operatorOf(context: ExecutionContext): Operator | undefined {
  return context.switchToHttp().getRequest<OperatorRequest>().operator;
}

@Module({
  imports: [
    DqModule.forRoot({ embedded: true, tubes: ['orders', 'cards'] }),
    DqDashboardModule.forRoot({
      title: 'Shop, production',
      guards: [PasswordGuard],
      imports: [OperatorsModule],
      actor: (context) => operatorOf(context)?.name,
      readOnly: (context) => operatorOf(context)?.mayAct !== true,
      payloads: (data, { tube }) => (tube === 'cards' ? '(not shown)' : data),
    }),
  ],
})
export class AppModule {}

export function two(): readonly DynamicModule[] {
  return [
    DqDashboardModule.forRoot({ path: 'support/jobs', guards: [SessionGuard], readOnly: true, payloads: false }),
    DqDashboardModule.forRoot({ path: 'admin/jobs', guards: [PasswordGuard], imports: [OperatorsModule] }),
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
    guards: [SessionGuard],
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
