import { existsSync } from 'node:fs'
import { type Diagnostic, ImageError } from '../../error.ts'
import type { ErrorCode } from '../../error-code.ts'
import { selectNodes } from '../../image/choose.ts'
import { allNodes, type ImageNode } from '../../image/list.ts'
import type { Image } from '../../image/load.ts'
import { type Destination, formatLocation, parseDestination } from '../../image/location.ts'
import { sourceDate } from '../../image/source-date.ts'
import { formatPlan, type Plan } from '../../rebuild/plan.ts'
import { publish } from '../../rebuild/publish.ts'
import { rebuild } from '../../rebuild/rebuild.ts'
import type { Rebuilt } from '../../rebuild/rebuild-alone.ts'
import { compileExpression } from '../../session/compile-expression.ts'
import { Makings, type MakingTask } from '../../session/makings.ts'
import { openDestination } from '../../session/remote.ts'
import type { Session } from '../../session/session.ts'
import { chooseNode, planFor } from '../../session/write/destination-plan.ts'
import { leftReferrers } from '../../session/write/left-referrers.ts'
import { type RebuildSummary, summaryOf } from '../../state/model/rebuild-summary.ts'
import type { ImageHandle } from '../../state/perform/world.ts'
import type { CommonOptions } from '../run/options.ts'
import { rememberDestination } from './destinations.ts'

export type PlanTools = Pick<MakingTask, 'makeWorkshop' | 'room'>

type Watching = Parameters<Makings['preview']>[1]

/** Carries plans out for the interface: the same way as `peel squash`, on the one image that is open. */
export class PlanWork {
  readonly #session: Session
  readonly #image: Image
  readonly #common: CommonOptions
  readonly #tools: PlanTools
  readonly #makings = new Makings()

  constructor(session: Session, image: Image, common: CommonOptions, tools: PlanTools) {
    this.#session = session
    this.#image = image
    this.#common = common
    this.#tools = tools
  }

  /** As `ImageHandle.rebuild`. */
  async rebuild(...[wish, onProgress, signal]: Parameters<ImageHandle['rebuild']>): Promise<RebuildSummary> {
    const { plan, destination, force } = wish
    const watching = { onProgress, signal }
    if (plan.edits.some(({ type }) => type === 'rebase')) {
      const { rebaseWork } = await import('./rebase-work.ts')
      return rebaseWork({ session: this.#session, image: this.#image, common: this.#common, wish }, onProgress, signal)
    }
    return destination === undefined ? this.#preview(plan, watching) : this.#write(plan, destination, force, watching)
  }

  close(): Promise<void> {
    return this.#makings.close()
  }

  async #preview(plan: Plan, watching: Watching): Promise<RebuildSummary> {
    const [session, image] = [this.#session, this.#image]
    const task = this.#task(plan, undefined)
    const subjects = [image.descriptor, ...session.listing.nodes.map(each => each.descriptor)]
    const about = leftReferrers(session, subjects, this.#common, watching.signal)
    const rebuilt = await this.#makings.preview(task, watching)
    return summary(rebuilt, image, undefined, [...this.#said(rebuilt, plan, []), ...(rebuilt.changed ? await about : [])])
  }

  async #write(plan: Plan, typed: string, force: boolean, watching: Watching): Promise<RebuildSummary> {
    const { source, place } = this.#session
    const destination = parseDestination(typed, existsSync)
    const name = 'selector' in destination ? destination.selector.name : undefined
    const { plan: meant, diagnostics: adapted } = planFor(plan, destination, this.#session)
    const task = this.#task(meant, destination)
    const release = this.#makings.hold(task.key)
    try {
      await using sink = await openDestination(this.#common, destination, { force, from: place })
      return await this.#makings.publish(task, watching, async rebuilt => {
        const left = await publish(rebuilt, source, sink, name, watching)
        rememberDestination(destination)
        return summary(rebuilt, this.#image, destination, [...adapted, ...this.#said(rebuilt, plan, left)])
      })
    } finally {
      release()
    }
  }

  #task(plan: Plan, destination: Destination | undefined): MakingTask {
    const session = this.#session
    const node = chooseNode(nodeFor(session, this.#image, plan), plan, destination, session)
    const created = sourceDate(process.env['SOURCE_DATE_EPOCH'])
    const options = { semantics: this.#common.semantics, compile: compileExpression, created }
    return {
      ...this.#tools,
      key: [node.kind, node.descriptor.digest, created, formatPlan(plan)].join(' '),
      rebuild: (workshop, more) => rebuild(node, plan, session.source, workshop, { ...options, ...more }),
    }
  }

  /** `left`: what stays where it is, as the place said when it was written. */
  #said(rebuilt: Rebuilt, plan: Plan, left: readonly Diagnostic[]): readonly Diagnostic[] {
    const own = rebuilt.diagnostics.filter(({ code }) => code !== 'REFERRER_DROPPED')
    return [...own, ...left, ...(rebuilt.changed ? attached(this.#session, this.#image, plan) : [])]
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

function warning(code: ErrorCode, message: string): Diagnostic {
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
