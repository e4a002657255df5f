import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Diagnostic, ImageError } from '../error.ts'
import { allNodes, type ImageNode } from '../image/list.ts'
import type { Image } from '../image/load.ts'
import { type Destination, formatLocation, parseDestination } from '../image/location.ts'
import { publish } from '../rebuild/publish.ts'
import { type Rebuilt, rebuild } from '../rebuild/rebuild.ts'
import type { Workshop } from '../rebuild/workshop.ts'
import { type RebuildSummary, summaryOf } from '../state/plan/rebuild-summary.ts'
import type { OpenedImage } from '../state/world.ts'
import { compileExpression } from './compile-expression.ts'
import { rememberDestination } from './destinations.ts'
import type { CommonOptions } from './options.ts'
import { openDestination } from './remote.ts'
import type { Session } from './session.ts'
import { sourceDate } from './source-date.ts'

export type MakeWorkshop = (options: { readonly countOnly: boolean }) => Workshop & { close(): Promise<void> }

/** Carries plans out for the interface: the same way as `peel squash`, on the one image that is open. */
export function createPlanWork(
  session: Session,
  image: Image,
  common: CommonOptions,
  makeWorkshop: MakeWorkshop,
): OpenedImage['rebuild'] {
  return async ({ plan, destination: typed, force }, onProgress, signal) => {
    const destination = typed === undefined ? undefined : parseDestination(typed, existsSync)
    const name = destination !== undefined && 'selector' in destination ? destination.selector.name : undefined
    const sink = destination && (await openDestination({ common: () => common }, destination, { force, from: session.place }))
    const node = nodeOf(session, image)
    const workshop = makeWorkshop({ countOnly: sink === undefined })
    try {
      const created = sourceDate(process.env['SOURCE_DATE_EPOCH'])
      const options = { semantics: common.semantics, compile: compileExpression, created, onProgress, signal }
      const rebuilt = await rebuild(node, plan, session.source, workshop, options)
      try {
        const left = sink === undefined ? [] : await publish(rebuilt, session.source, sink, name, { onProgress, signal })
        if (destination !== undefined) rememberDestination(lasting(destination))
        const said = [...rebuilt.diagnostics.filter(({ code }) => code !== 'REFERRER_DROPPED'), ...left]
        return summary(rebuilt, destination, [...said, ...leftOut(node, session, rebuilt.changed)])
      } finally {
        await rebuilt.dispose()
      }
    } finally {
      await sink?.abort()
      await workshop.close()
    }
  }
}

function nodeOf({ listing }: Session, { descriptor }: Image): ImageNode {
  const found = [...allNodes(listing.nodes)].find(node => node.kind === 'image' && node.descriptor.digest === descriptor.digest)
  if (found !== undefined) return found
  throw new ImageError('NOT_AN_IMAGE', `Cannot rebuild ${descriptor.digest}: it is no container image`)
}

/** What hangs on the old digest, and the images beside this one, are not part of the result: said before it is written. */
function leftOut(node: ImageNode, { listing }: Session, changed: boolean): Diagnostic[] {
  const about = changed && node.kind === 'image' ? node.children.length : 0
  const index = [...allNodes(listing.nodes)].find(each => each.kind === 'index' && each.children.includes(node))
  const others = index?.kind === 'index' ? index.children.filter(each => each.kind === 'image' && each !== node).length : 0
  const warn = (code: string, message: string): Diagnostic => ({ code, severity: 'warning', message })
  return [
    ...(about === 0
      ? []
      : [
          warn(
            'REFERRER_DROPPED',
            `${about === 1 ? '1 attestation names' : `${about} attestations name`} the old digest and will be dropped`,
          ),
        ]),
    ...(others === 0
      ? []
      : [
          warn(
            'PLATFORM_LEFT_OUT',
            `Only this image is rebuilt: ${others === 1 ? '1 other image' : `${others} other images`} of the index will not be in the result`,
          ),
        ]),
  ]
}

function summary({ images, root }: Rebuilt, destination: Destination | undefined, all: Rebuilt['diagnostics']): RebuildSummary {
  const [only] = images
  if (only === undefined) throw new RangeError('an image was rebuilt into none')
  // Archives for docker have documents of their own: their image is found by its place.
  const digest = destination?.transport === 'oci' || destination?.transport === 'oci-archive' ? { digest: root.digest } : {}
  return summaryOf(only, all, destination && { reference: formatLocation(destination), ...digest })
}

/** The destination as it will still be right from another directory. */
function lasting(destination: Destination): string {
  return formatLocation('path' in destination ? { ...destination, path: resolve(destination.path) } : destination)
}
