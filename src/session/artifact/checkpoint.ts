import type { Diagnostic } from '../../error.ts'
import type { Image } from '../../image/load.ts'

/** A checkpoint of a running container: CRI-O's annotation (kubernetes checkpoint API), containerd's media types. */
export function isCheckpoint({ manifest: { value } }: Image): boolean {
  const annotated = Object.keys(value.annotations).some(name => CHECKPOINT_ANNOTATION.test(name))
  return annotated || [value.config, ...value.layers].some(({ mediaType }) => mediaType.includes('container.criu.checkpoint'))
}

const CHECKPOINT_ANNOTATION = /(?:^|\.)checkpoint\.(?:name|raw\.image\.name|rootfs\.image\.name)$/

export const CHECKPOINT_WARNING: Diagnostic = {
  code: 'CHECKPOINT_MEMORY',
  severity: 'warning',
  message: 'This is a checkpoint of a running container: it holds the memory of its processes, and any secret that was in it',
}
