import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Diagnostic, ImageError } from '../../error.ts'
import { selectNodes } from '../../image/choose.ts'
import { allNodes, type ImageNode } from '../../image/list.ts'
import type { Image } from '../../image/load.ts'
import { type Destination, formatLocation, parseDestination } from '../../image/location.ts'
import type { Plan } from '../../rebuild/plan.ts'
import { publish } from '../../rebuild/publish.ts'
import { rebuild } from '../../rebuild/rebuild.ts'
import type { Rebuilt } from '../../rebuild/rebuild-alone.ts'
import type { Workshop } from '../../rebuild/workshop.ts'
import { type RebuildSummary, summaryOf } from '../../state/plan/rebuild-summary.ts'
import type { OpenedImage } from '../../state/world.ts'
import { leftReferrers } from '../open/left-referrers.ts'
import { openDestination } from '../open/remote.ts'
import type { Session } from '../open/session.ts'
import type { CommonOptions } from '../options.ts'
import { compileExpression } from '../write/compile-expression.ts'
import { fittingNode } from '../write/fitting-node.ts'
import { sourceDate } from '../write/source-date.ts'
import { rememberDestination } from './destinations.ts'

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
    const node = fittingNode(nodeFor(session, image, plan), plan, destination, session)
    const workshop = makeWorkshop({ countOnly: sink === undefined })
    try {
      const created = sourceDate(process.env['SOURCE_DATE_EPOCH'])
      const options = { semantics: common.semantics, compile: compileExpression, created, onProgress, signal }
      const subjects = [image.descriptor, ...session.listing.nodes.map(each => each.descriptor)]
      const about = sink === undefined ? leftReferrers(session, subjects, common, signal) : undefined
      const rebuilt = await rebuild(node, plan, session.source, workshop, options)
      try {
        const left = sink === undefined ? [] : await publish(rebuilt, session.source, sink, name, { onProgress, signal })
        if (destination !== undefined) rememberDestination(lasting(destination))
        const said = [...rebuilt.diagnostics.filter(({ code }) => code !== 'REFERRER_DROPPED'), ...left]
        const lost = rebuilt.changed ? [...attached(session, image, plan), ...((await about) ?? [])] : []
        return summary(rebuilt, image, destination, [...said, ...lost])
      } finally {
        await rebuilt.dispose()
      }
    } finally {
      await sink?.abort()
      await workshop.close()
    }
  }
}

/** The index around the image where the plan says what becomes of its platforms, else the image alone. */
function nodeFor({ listing, selector }: Session, { descriptor }: Image, plan: Plan): ImageNode {
  const isMeant = (node: ImageNode) => node.kind === 'image' && node.descriptor.digest === descriptor.digest
  if (plan.edits.some(({ type }) => type === 'platforms')) {
    const around = [...selectNodes(listing, selector), ...allNodes(listing.nodes)]
    const index = around.find(node => node.kind === 'index' && [...allNodes([node])].some(isMeant))
    if (index !== undefined) return index
  }
  const found = [...allNodes(listing.nodes)].find(isMeant)
  if (found !== undefined) return found
  throw new ImageError('NOT_AN_IMAGE', `Cannot rebuild ${descriptor.digest}: it is no container image`)
}

/** Attestations of the image that have no index to stay in. */
function attached({ listing }: Session, { descriptor }: Image, plan: Plan): Diagnostic[] {
  const edit = plan.edits.findLast(each => each.type === 'platforms')
  const alone = edit === undefined || (edit.others === 'drop' && edit.platforms.length === 1)
  const node = [...allNodes(listing.nodes)].find(each => each.kind === 'image' && each.descriptor.digest === descriptor.digest)
  const count = alone && node?.kind === 'image' ? node.children.length : 0
  if (count === 0) return []
  const which = count === 1 ? '1 attestation names' : `${count} attestations name`
  return [warning('REFERRER_DROPPED', `${which} the old digest and will be dropped`)]
}

function warning(code: string, message: string): Diagnostic {
  return { code, severity: 'warning', message }
}

/** The image on the screen layer by layer, the other ones of its index as a whole. */
function summary(
  { images }: Rebuilt,
  { descriptor }: Image,
  destination: Destination | undefined,
  all: Rebuilt['diagnostics'],
): RebuildSummary {
  const own = images.find(({ image }) => image.descriptor.digest === descriptor.digest)
  if (own === undefined)
    throw new ImageError('PLATFORM_NOT_FOUND', 'Cannot rebuild the image: the plan leaves its platform as it is')
  // Archives for docker have documents of their own: their image is found by its place.
  const named =
    destination !== undefined && destination.transport !== 'docker-archive' && destination.transport !== 'docker-daemon'
  const digest = named ? { digest: own.descriptor.digest } : {}
  const others = images.filter(each => each !== own)
  return summaryOf(own, others, all, destination && { reference: formatLocation(destination), ...digest })
}

/** The destination as it will still be right from another directory. */
function lasting(destination: Destination): string {
  return formatLocation('path' in destination ? { ...destination, path: resolve(destination.path) } : destination)
}
