/** What `ExecutionContext.getType()` says in guards, interceptors and filters around a handler. */
export const DQ_CONTEXT_TYPE = 'dq';
