export { DqHealthIndicator } from './dq.health.indicator.js';
export { DqHealthModule } from './dq.health.module.js';
