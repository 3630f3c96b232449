export { DqModule, type DqModuleAsyncOptions } from './nest/dq.module.js';
export type {
  DqEnhancerOptions,
  DqLogger,
  DqLogOptions,
  DqModuleExtras,
  DqModuleOptions,
  DqOptionsFactory,
} from './nest/dq.module-options.js';
export { getDqProducerToken, InjectDqProducer } from './nest/dq.tokens.js';
export { DQ_CONTEXT_TYPE } from './nest/dq.enhancers.js';
export { DqHandler, type DqHandlerOptions } from './nest/dq-handler.decorator.js';
export type { DqModuleEnhancers } from './nest/dq.module-enhancers.js';
export { DqLayer, type DqLayerOptions } from './nest/dq-layer.decorator.js';
export { OnDqEvent, type OnDqEventOptions } from './nest/on-dq-event.decorator.js';

export type { DqCopiesSeen, DqJobStatus } from './core/inspector/job-status.js';
export {
  DqProducer,
  type DqDelayedJob,
  type DqRevokeOutcome,
  type DqTimedJob,
  type DqUpsertOptions,
} from './core/producer/producer.js';
export type {
  DqCancelOutcome,
  DqKeyedJob,
  DqKeyOutcome,
  DqRescheduleOutcome,
  DqUpsertResult,
} from './core/producer/keys.js';
export type { DqMoment } from './core/producer/moment.js';
export type { DqManyOptions, DqManyReport, DqManyResult } from './core/producer/schedule-many.js';
export type { DqLayerHost, DqScheduleCall, DqScheduleNext } from './core/layers/layer.js';
export { currentDqJob } from './core/layers/job-context.js';
export { DqHealth, type DqHealthOptions, type DqHealthReport, type DqTubeHealth } from './core/health/health.js';
export type { DqHistoryEntry, DqHistoryFilter } from './core/inspector/history.js';
export { DqInspector, type DqRetryAllOptions } from './core/inspector/inspector.js';
export type { DqTubeCounts } from './core/inspector/tube-counts.js';
export type { DqDeadLetter } from './core/inspector/found-letter.js';
export type { DqPause, DqPauseOptions } from './core/inspector/pauses.js';
export type { DqNextJob } from './core/inspector/next-job.js';
export type { DqOldestRun, DqRunning } from './core/base/vital-signs.js';
export type { DqLookOptions } from './core/inspector/look-options.js';
export type { DqPeek, DqPeekedCopy, DqPeekedJob } from './core/inspector/peek.js';
export type { DqTubeNames } from './core/inspector/tube-names.js';
export type { DqNodeState } from './core/inspector/node-state.js';
export type { DqJob, DqJobSchedule } from './core/consumer/dq-job.js';
export { DqAgain, DqGiveUp } from './core/consumer/outcome.js';
export type {
  DqBackoff,
  DqBackoffFormula,
  DqBeanstalk,
  DqDebounce,
  DqEmbedded,
  DqEmbeddedOptions,
  DqHistory,
  DqJobOptions,
  DqOptions,
  DqRunOptions,
  DqSharedOptions,
  DqTubeOptions,
  DqExpires,
} from './core/options/dq-options.js';
export type { DqEvent, DqEventOf, DqEventType } from './core/base/events.js';
export type { DqDuration } from './core/options/duration.js';
export type { DqCodec } from './core/wire/codec.js';
export type { DqPriority } from './core/wire/priority.js';

export { DqError, type DqErrorCode } from './core/errors/dq.error.js';
export * from './core/errors/argument.errors.js';
export * from './core/errors/connection.errors.js';
export * from './core/errors/file.errors.js';
export * from './core/errors/run.errors.js';
export { DqQuorumError, type NodeOutcome as DqNodeOutcome } from './core/errors/quorum.error.js';
