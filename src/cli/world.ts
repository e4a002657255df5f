import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Descriptor } from '../blob/descriptor.ts'
import { parseDigest } from '../blob/digest.ts'
import { readBlob } from '../blob/read.ts'
import type { BlobSource, Range } from '../blob/source.ts'
import { ImageError, reasonOf } from '../error.ts'
import { escapeText } from '../escape.ts'
import { selectNodes } from '../image/choose.ts'
import type { Image } from '../image/load.ts'
import { formatLocation } from '../image/location.ts'
import { parsePlatform } from '../image/platform.ts'
import { formatSize } from '../state/size.ts'
import type { Candidate } from '../state/start.ts'
import type { OpenedImage } from '../state/world.ts'
import type { OutsideWorld } from '../tui/run.tsx'
import { DEMO } from './demo-image.ts'
import { findImages } from './find-images.ts'
import { runPager } from './pager.ts'
import { readRecent, recentPath, rememberRecent } from './recent.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'
import { settingsPath, writeSettingsFile } from './settings-file.ts'

/** What reads layers: the pool of threads, the trees, the ledger. */
export type LayerWork = (source: BlobSource, image: Image) => Pick<OpenedImage, 'readLayer' | 'analyse' | 'readFile' | 'save'>

/** The interface's door to disk, network and threads. */
export function createWorld(options: SessionOptions, work: LayerWork): OutsideWorld {
  const sessions = new SharedSessions(options)
  return {
    open: async (reference, wanted, signal) => {
      const session = await sessions.take(reference, signal)
      const release = () => sessions.release(session)
      try {
        const image = await load(session, wanted, signal)
        if (reference !== DEMO && reference !== '-') rememberRecent(recentPath(process.env), lasting(session))
        return openedImage(session, image, work, release)
      } catch (error) {
        await release()
        throw error
      }
    },
    find: findCandidates,
    page: runPager,
    saveSettings: async settings => writeSettingsFile(settingsPath(process.env), settings),
  }
}

/**
 * Another platform or image of a place that is open comes from the same session: an archive is not spooled twice, and
 * standard input can be read only once.
 */
class SharedSessions {
  readonly #options: SessionOptions
  readonly #users = new Map<Session, number>()

  constructor(options: SessionOptions) {
    this.#options = options
  }

  async take(reference: string, signal: AbortSignal): Promise<Session> {
    const open = [...this.#users.keys()].find(session => session.reference === reference)
    const session = open ?? (await openSession(reference, this.#options, signal))
    this.#users.set(session, (this.#users.get(session) ?? 0) + 1)
    return session
  }

  async release(session: Session): Promise<void> {
    const users = (this.#users.get(session) ?? 1) - 1
    this.#users.set(session, users)
    if (users > 0) return
    this.#users.delete(session)
    await session.close()
  }
}

type Wanted = { readonly digest?: string; readonly platform?: string }

/** The manifest that was picked, else what the reference and the platform mean. */
async function load(session: Session, { digest, platform }: Wanted, signal: AbortSignal): Promise<Image> {
  if (digest === undefined)
    return session.load(session.choose(platform === undefined ? undefined : parsePlatform(platform)), signal)
  const node = selectNodes(session.listing, { digest: parseDigest(digest) }).find(({ kind }) => kind === 'image')
  if (node?.kind !== 'image') throw new ImageError('IMAGE_MISSING', `Cannot open ${escapeText(digest)}: it is not an image`)
  return session.load(node, signal)
}

function openedImage(session: Session, image: Image, work: LayerWork, close: () => Promise<void>): OpenedImage {
  const { source } = session
  return {
    nodes: session.listing.nodes,
    image,
    ...work(source, image),
    readBlob: (blob, range, signal) => blobBytes(source, blob, range, signal),
    saveBytes,
    close,
  }
}

/** Part of a blob, verified as far as a whole blob can be: the digest is only known at its end. */
async function* blobBytes(source: BlobSource, blob: Descriptor, range: Range, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { offset = 0, length = Number.POSITIVE_INFINITY } = range
  let at = 0
  for await (const chunk of readBlob(source, blob, signal)) {
    const [from, to] = [Math.max(0, offset - at), Math.min(chunk.byteLength, offset + length - at)]
    at += chunk.byteLength
    if (to > from) yield chunk.subarray(from, to)
    if (at >= offset + length) return
  }
}

async function saveBytes(bytes: AsyncIterable<Uint8Array>, destination: string, signal: AbortSignal): Promise<string> {
  const file = createWriteStream(destination, { flags: 'wx' })
  try {
    await pipeline(Readable.from(bytes), file, { signal })
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw new ImageError('SAVE_FAILED', `Cannot write ${destination}: ${exists ? 'it exists already' : reasonOf(error)}`, {
      ...(exists && { hint: 'Choose another name.' }),
      cause: error,
    })
  }
  return `Saved ${formatSize(file.bytesWritten)} to ${escapeText(destination)}.`
}

/** What is here first, then what was opened before, then the demo. */
export async function* findCandidates(signal: AbortSignal): AsyncGenerator<readonly Candidate[]> {
  const recent = readRecent(recentPath(process.env)).map(({ reference, at }) => ({
    reference,
    label: escapeText(reference),
    detail: `opened ${ago(Date.now() - at)}`,
    group: 'recent' as const,
  }))
  const demo: Candidate = {
    reference: DEMO,
    label: 'demo',
    detail: 'a small image made to show waste, whiteouts, hard links and a leaked secret',
    group: 'demo',
  }
  yield [...(await findImages(process.cwd(), signal)), ...recent, demo]
}

function ago(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return count(minutes, 'minute')
  return minutes < 2880 ? count(Math.floor(minutes / 60), 'hour') : count(Math.floor(minutes / 1440), 'day')
}

function count(value: number, unit: string): string {
  return `${value} ${unit}${value === 1 ? '' : 's'} ago`
}

/** The reference as it will still be right from another directory. */
function lasting({ reference, place }: Session): string {
  return 'path' in place ? formatLocation({ ...place, path: resolve(place.path) }) : reference
}
