import { layerLines } from '../../check/dockerfile/layer-lines.ts'
import type { DockerfilePlace } from '../../check/report.ts'
import type { ChosenImage } from '../opened-image.ts'
import { recordedDockerfile } from './recorded-dockerfile.ts'

/** The Dockerfile that findings shall point at. */
export type DockerfileWish = {
  /** Its relative URI and its text; undefined for the one that the build recorded. */
  readonly file: { readonly uri: string; readonly text: string } | undefined
  /** Told where nothing can be pointed at: no Dockerfile was recorded, or the image was not built from this one. */
  readonly onMismatch: (why: 'not recorded' | 'does not fit') => void
}

/** Where the layers of an image come from in its Dockerfile; undefined where none is wanted or none is known. */
export async function dockerfilePlace(
  opened: Pick<ChosenImage, 'session' | 'image'>,
  wish: DockerfileWish | undefined,
  signal: AbortSignal,
): Promise<DockerfilePlace | undefined> {
  if (wish === undefined) return undefined
  const file = wish.file ?? (await recordedFile(opened, signal))
  if (file === undefined) {
    wish.onMismatch('not recorded')
    return undefined
  }
  const { from, lines } = layerLines(file.text.split(/\r?\n/), opened.image)
  if (lines.size === 0) wish.onMismatch('does not fit')
  return { uri: file.uri, from: from + 1, lines: new Map([...lines].map(([layer, line]) => [layer, line + 1])) }
}

/** The name is the build's own word: as a URI it is relative and goes nowhere else. */
async function recordedFile(opened: Pick<ChosenImage, 'session' | 'image'>, signal: AbortSignal) {
  const recorded = await recordedDockerfile(opened, signal)
  return recorded && { uri: relativeUri(recorded.name), text: recorded.text }
}

/** A path as a relative URI, without `.` and `..`. */
export function relativeUri(path: string): string {
  const names = path.split('/').filter(name => !/^\.{0,2}$/.test(name))
  return names.map(name => encodeURIComponent(name.toWellFormed())).join('/') || 'Dockerfile'
}
