import { ImageError } from '../error.ts'
import type { CommonOptions } from './options.ts'
import type { LayerWork } from './world.ts'

/** Threads that read layers and what is made of their answers, for as long as the interface runs. */
export function createLayerWork(_common: CommonOptions): { readonly work: LayerWork; close(): Promise<void> } {
  return {
    work: () => ({
      readLayer: () => Promise.reject(new ImageError('LAYER_NOT_READ', 'Cannot read layers yet')),
      analyse: () => Promise.reject(new ImageError('LAYER_NOT_READ', 'Cannot read layers yet')),
      readFile: () => {
        throw new ImageError('LAYER_NOT_READ', 'Cannot read layers yet')
      },
      save: () => Promise.reject(new ImageError('LAYER_NOT_READ', 'Cannot read layers yet')),
    }),
    close: () => Promise.resolve(),
  }
}
