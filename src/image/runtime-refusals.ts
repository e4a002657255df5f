import type { Descriptor } from '../blob/descriptor.ts'
import { DOCKER_MANIFEST, layerType } from '../blob/media-type.ts'
import type { Diagnostic } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import type { ImageConfig } from './config.ts'
import type { Document } from './document.ts'
import type { Manifest } from './manifest.ts'
import { descriptorPlatform, formatPlatform } from './platform.ts'
import { validateDocument } from './validate.ts'

/** An image's documents, of whatever it is otherwise. */
type Documents = {
  readonly descriptor: Descriptor
  readonly manifest: Document<Manifest>
  readonly config: Document<ImageConfig> | undefined
  readonly layers: readonly { readonly blob: Descriptor }[]
}

/**
 * Faults in the documents of an image that make docker, containerd and podman refuse it or show it differently. The names a layer has twice are
 * in `layer/repeated-names`, hard links and whiteouts that they refuse in `overlay/oddities`.
 */
type Refusal = {
  readonly code: ErrorCode
  /** Names the fault and the runtimes that mind it; undefined for an image they take. */
  readonly check: (image: Documents) => string | undefined
}

/** Layers that an overlay mount takes (containerd, docker and podman stop at the same number: `lowerdir` is a page long). */
export const MOST_LAYERS = 127

const REFUSALS: readonly Refusal[] = [
  { code: 'CONFIG_UNREADABLE', check: unreadableConfig },
  { code: 'PLATFORM_CONTRADICTION', check: otherPlatform },
  {
    code: 'LAYERS_TOO_MANY',
    check: ({ layers }) =>
      layers.length > MOST_LAYERS
        ? `${layers.length} layers are more than the ${MOST_LAYERS} that docker and podman can mount`
        : undefined,
  },
  { code: 'ZSTD_IN_DOCKER_MANIFEST', check: zstdInDocker },
]

/** The diagnostics of an image that runtimes refuse, told wherever it is opened. */
export function runtimeRefusals(image: Documents): readonly Diagnostic[] {
  return REFUSALS.flatMap(({ code, check }) => {
    const message = check(image)
    return message === undefined ? [] : [{ code, severity: 'warning' as const, message }]
  })
}

/** A field of a type that Go's decoders reject: the config as a whole cannot be read (reports/config-no-runtime-reads). */
function unreadableConfig({ config }: Documents): string | undefined {
  if (config === undefined) return undefined
  // Go takes an absent field for a zero value.
  const wrong = validateDocument('config', config.raw, 'the config').filter(
    ({ severity, message }) => severity === 'error' && !/ is missing\b/.test(message),
  )
  const [first] = wrong
  if (first === undefined) return undefined
  const more = wrong.length === 1 ? '' : `, and ${wrong.length - 1} more`
  return `No runtime can read the config: ${first.message.replace(/^the config: /, '')}${more}`
}

/** containerd takes the platform of the index, docker and the kernel that of the config. */
function otherPlatform({ descriptor, config }: Documents): string | undefined {
  const listed = descriptorPlatform(descriptor.platform)
  const own = config?.value.platform
  if (listed === undefined || own === undefined || (own.os === '' && own.architecture === '')) return undefined
  // A variant is often in one of them only; an image for another machine is what hurts.
  if (listed.os === own.os && listed.architecture === own.architecture) return undefined
  return `The index lists the image for ${formatPlatform(listed)}, its config says ${formatPlatform(own)}: containerd goes by the one, docker by the other`
}

function zstdInDocker({ manifest, layers }: Documents): string | undefined {
  if (manifest.value.mediaType !== DOCKER_MANIFEST) return undefined
  const zstd = layers.filter(({ blob }) => layerType(blob.mediaType)?.compression === 'zstd')
  if (zstd.length === 0) return undefined
  return `${zstd.length === 1 ? 'A layer is' : `${zstd.length} layers are`} zstd in a Docker manifest, which has no type for it: docker and podman refuse it`
}
