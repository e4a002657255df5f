import type { BlobSource } from '../../blob/source.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'

/**
 * A registry's source for a name that an engine may have as well, which was too slow to be asked: a failure of the registry says so in
 * its hint, and a warning where the registry has the image.
 */
export function withSlowEngine(source: BlobSource, name: string, milliseconds: number): BlobSource {
  const shown = escapeText(name)
  const late = `The container engine did not answer within ${milliseconds / 1000} seconds`
  const message = `${late}: "${shown}" was read from its registry; docker-daemon:${shown} waits for the engine`
  const warning: Diagnostic = { code: 'ENGINE_UNREACHABLE', severity: 'warning', message }
  return {
    name: source.name,
    get diagnostics() {
      return [...(source.diagnostics ?? []), warning]
    },
    roots: signal => source.roots(signal).catch((error: unknown) => Promise.reject(hinted(error, late, shown))),
    fetchUnverified: (blob, range, signal) => source.fetchUnverified(blob, range, signal),
    locate: blob => source.locate(blob),
    close: () => source.close(),
    ...(source.fetchToKeep && { fetchToKeep: source.fetchToKeep.bind(source) }),
    ...(source.referrers && { referrers: source.referrers.bind(source) }),
  }
}

function hinted(error: unknown, late: string, shown: string): unknown {
  if (!(error instanceof ImageError)) return error
  const hint = `${error.hint ?? ''} ${late}: if it has the image, write docker-daemon:${shown}.`.trim()
  const failure = error.action === '' ? error.message : { action: error.action, why: error.why }
  return new ImageError(error.code, failure, { hint, cause: error })
}
