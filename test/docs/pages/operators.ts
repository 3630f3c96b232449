// operators.ts: who may use the dashboard
import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';

export interface Operator {
  readonly name: string;
  readonly mayAct: boolean;
}

interface OperatorRequest {
  readonly headers: { readonly authorization?: string };
  operator?: Operator;
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

@Injectable()
export class PasswordGuard implements CanActivate {
  // Long random ones. A name without a password may not come in.
  readonly #operators = [
    { name: 'ann', mayAct: true, password: process.env['ANN_PASSWORD'] },
    { name: 'bob', mayAct: false, password: process.env['BOB_PASSWORD'] },
  ];

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<OperatorRequest>();
    const [, basic = ''] = /^Basic (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const [, name, given = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, 'base64').toString()) ?? [];
    const operator = this.#operators.find((one) => one.name === name);
    if (operator?.password && timingSafeEqual(sha256(given), sha256(operator.password))) {
      request.operator = { name: operator.name, mayAct: operator.mayAct };
      return true;
    }
    const response = http.getResponse<{ header(name: string, value: string): void }>();
    response.header('WWW-Authenticate', 'Basic realm="jobs"'); // the browser asks for a name and a password
    throw new UnauthorizedException();
  }
}

export function operatorOf(context: ExecutionContext): Operator | undefined {
  return context.switchToHttp().getRequest<OperatorRequest>().operator;
}
