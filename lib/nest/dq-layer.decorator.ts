import { requireLegacyDecorators } from './dq.marks.js';

/** A string, so that a layer is found whichever copy of this package decorated it. */
const DQ_LAYER_METADATA = 'nestjs-dq:layer';

export interface DqLayerOptions {
  /** A layer with a lower number stands farther outside; equal ones stand in the order in which Nest lists their modules. @default 0 */
  readonly order?: number | undefined;
}

/**
 * A provider that stands around every attempt and every scheduling; see `DqLayerHost`. It is made at boot: a class of request or transient
 * scope is refused, and so is one in a module that is loaded later.
 */
export function DqLayer(options: DqLayerOptions = {}): ClassDecorator {
  return (target) => {
    requireLegacyDecorators('@DqLayer', target.name);
    Reflect.defineMetadata(DQ_LAYER_METADATA, { ...options }, target);
  };
}

/** What the decorator left on a class, or on one it extends. */
export function layerMetadata(target: object): DqLayerOptions | undefined {
  return Reflect.getMetadata(DQ_LAYER_METADATA, target) as DqLayerOptions | undefined;
}
