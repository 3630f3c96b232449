import {
  type CanActivate,
  type ExceptionFilter,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  type Type,
} from '@nestjs/common';
import { ApplicationConfig, type ModuleRef } from '@nestjs/core';
import { UnknownElementException } from '@nestjs/core/errors/exceptions/unknown-element.exception.js';
import { DqOptionsError } from '../core/errors/argument.errors.js';
import { knownKeys, unfit } from '../core/options/option-checks.js';

type Listed<Enhancer> = readonly (Type<Enhancer> | Enhancer)[] | undefined;

/** Stand around every handler, outside of those of its class and method, as global ones do around routes. Classes are made once, at boot. */
export interface DqModuleEnhancers {
  readonly guards?: Listed<CanActivate>;
  readonly interceptors?: Listed<NestInterceptor>;
  readonly pipes?: Listed<PipeTransform>;
  readonly filters?: Listed<ExceptionFilter>;
}

const METHODS = { guards: 'canActivate', interceptors: 'intercept', pipes: 'transform', filters: 'catch' } as const;
type Kind = keyof typeof METHODS;
const KINDS = Object.keys(METHODS) as Kind[];

/** @throws DqOptionsError */
export function checkEnhancers(given: unknown): void {
  if (given === undefined) return;
  knownKeys(given, 'enhancers', new Set(KINDS));
  for (const kind of KINDS) {
    const list: unknown = (given as DqModuleEnhancers)[kind];
    if (list !== undefined && !Array.isArray(list)) throw unfit(`enhancers.${kind}`, 'a list', list);
    for (const enhancer of (list ?? []) as unknown[]) {
      const has = typeof enhancer === 'function' ? (enhancer.prototype as unknown) : enhancer;
      if (typeof (has as Record<string, unknown> | undefined | null)?.[METHODS[kind]] === 'function') continue;
      throw unfit(`enhancers.${kind}`, `classes or objects with the method ${METHODS[kind]}`, enhancer);
    }
  }
}

/**
 * What Nest's creators take for the global ones. A class that is a provider somewhere is taken from there, another is made.
 * @throws DqOptionsError for a class of request or transient scope
 */
export async function moduleEnhancers(given: DqModuleEnhancers, moduleRef: ModuleRef): Promise<ApplicationConfig> {
  const config = new ApplicationConfig();
  const made = async <Enhancer extends object>(list: Listed<Enhancer>): Promise<Enhancer[]> =>
    Promise.all((list ?? []).map((one) => (isClass(one) ? instanceOf(one, moduleRef) : Promise.resolve(one))));
  config.useGlobalGuards(...(await made(given.guards)));
  config.useGlobalInterceptors(...(await made(given.interceptors)));
  config.useGlobalPipes(...(await made(given.pipes)));
  config.useGlobalFilters(...(await made(given.filters)));
  return config;
}

async function instanceOf<Enhancer>(type: Type<Enhancer>, moduleRef: ModuleRef): Promise<Enhancer> {
  const scope = scopeOf(type, moduleRef);
  if (scope === undefined) return moduleRef.create(type);
  if (scope === Scope.DEFAULT) return moduleRef.get(type, { strict: false });
  throw new DqOptionsError(
    `Expected the enhancer ${type.name} of all handlers to be made once, but it is of request or transient scope, or needs something that is. ` +
      'Write it above the handlers that need it.',
  );
}

/** Undefined when it is no provider. */
function scopeOf(type: Type, moduleRef: ModuleRef): Scope | undefined {
  try {
    return moduleRef.introspect(type).scope;
  } catch (error) {
    if (error instanceof UnknownElementException) return undefined;
    throw error;
  }
}

function isClass<Enhancer extends object>(value: Type<Enhancer> | Enhancer): value is Type<Enhancer> {
  return typeof value === 'function';
}
