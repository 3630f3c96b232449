export { DqOtelModule, type DqOtelModuleAsyncOptions } from './dq.otel.module.js';
export type { DqOtelOptions } from './otel-options.js';
