import type { Descriptor } from '../../blob/descriptor.ts'
import { layerType } from '../../blob/media-type.ts'
import type { Diagnostic } from '../../error.ts'
import type { Destination } from '../../image/location.ts'

/**
 * Told of an archive for every tool that not every `docker load` opens: docker learned zstd with version 23.0, one of 20.10 says
 * "invalid tar header".
 */
export function olderLoaders(destination: Destination | undefined, layers: Iterable<Descriptor>): readonly Diagnostic[] {
  if (destination?.transport !== 'archive' && destination?.transport !== 'standard-stream') return []
  const zstd = [...layers].filter(({ mediaType }) => layerType(mediaType)?.compression === 'zstd').length
  if (zstd === 0) return []
  const which = zstd === 1 ? 'A layer is' : `${zstd} layers are`
  const message = `${which} zstd, which docker before 23.0 does not load; --compress gzip writes an archive that every docker takes`
  return [{ code: 'ZSTD_FOR_OLD_DOCKER', severity: 'warning', message }]
}
