import { createHash } from 'node:crypto'
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { claimDirectory, isOwnDirectory } from '../../transport/cache/claimed-directory.ts'
import { readSmallFile } from '../../transport/local-file.ts'
import type { ModelPlace } from '../../transport/model/model-client.ts'
import { cacheDirectory, OWN_NAMES, storeFile } from '../../worker/changeset-cache.ts'

/** A file: the sum of the rest, the number of dimensions, then for each vector the sum of its text and its numbers. */
const [SUM, LENGTH, MOST_BYTES] = [32, 4, 32 * 1024 * 1024]
/** Files kept, one for each model of an endpoint; the least recently used go first. */
const MOST_FILES = 8
const FILE_NAME = /^[0-9a-f]{64}$/

type Embed = (texts: readonly string[]) => Promise<readonly Float32Array[]>
type Vectors = ReadonlyMap<string, Float32Array>

/**
 * The vectors of a query and of texts. Those of texts that the model was asked for before come from the cache, by the digest of the text;
 * `embed` is asked for the query and the others. The cache keeps sums of texts, not texts. One that cannot be read or written is none.
 * @throws those of `embed`
 */
export async function cachedVectors(
  place: Pick<ModelPlace, 'endpoint' | 'model'>,
  query: string,
  texts: readonly string[],
  embed: Embed,
): Promise<readonly (Float32Array | undefined)[]> {
  const file = placeOf(place)
  const kept: Vectors = file === undefined ? new Map() : await readVectors(file)
  const sums = texts.map(text => sha256(text).toString('hex'))
  const wanted = new Map(texts.map((text, at) => [sums[at] ?? '', text]))
  const missing = [...wanted].filter(([sum]) => !kept.has(sum))
  const [asked, ...made] = await embed([query, ...missing.map(([, text]) => text)])
  const fresh = new Map(made.map((vector, at) => [missing[at]?.[0] ?? '', vector]))
  const [sample] = kept.values()
  // Vectors of another length are those of another model that had the name before.
  const stale = sample !== undefined && sample.length !== asked?.length
  if (stale) {
    const again = [...wanted].filter(([sum]) => !fresh.has(sum))
    const others = await embed(again.map(([, text]) => text))
    for (const [at, vector] of others.entries()) fresh.set(again[at]?.[0] ?? '', vector)
  }
  const all = new Map([...(stale ? [] : kept), ...fresh])
  if (file !== undefined && fresh.size > 0) storeVectors(file, all, new Set(sums))
  return [asked, ...sums.map(sum => all.get(sum))]
}

/** The file of one model of one endpoint; undefined where the cache directory is not peel's to write to. */
function placeOf({ endpoint, model }: Pick<ModelPlace, 'endpoint' | 'model'>): string | undefined {
  const cache = cacheDirectory()
  const directory = join(cache, 'vectors')
  if (!claimDirectory(cache, OWN_NAMES) || (existsSync(directory) && !isOwnDirectory(directory))) return undefined
  return join(directory, sha256(`${endpoint}\n${model}`).toString('hex'))
}

async function readVectors(file: string): Promise<Vectors> {
  const vectors = new Map<string, Float32Array>()
  try {
    const bytes = await readSmallFile(file, MOST_BYTES)
    const rest = bytes.subarray(SUM)
    const dimensions = rest.readUInt32LE(0)
    if (!sha256(rest).equals(bytes.subarray(0, SUM)) || dimensions === 0) return vectors
    const row = SUM + dimensions * 4
    for (let at = LENGTH; at + row <= rest.length; at += row) {
      const numbers = rest.subarray(at + SUM, at + row)
      const vector = Float32Array.from({ length: dimensions }, (_, index) => numbers.readFloatLE(index * 4))
      vectors.set(rest.toString('hex', at, at + SUM), vector)
    }
    // The modification time is when it was used last.
    const now = Date.now() / 1000
    await utimes(file, now, now)
  } catch {
    // Not there yet, or damaged: the endpoint is asked.
  }
  return vectors
}

/** The vectors of this search, and others as far as the limit of the file lets them stay. */
function storeVectors(file: string, vectors: Vectors, wanted: ReadonlySet<string>): void {
  const [sample] = vectors.values()
  if (sample === undefined) return
  const most = Math.floor((MOST_BYTES - SUM - LENGTH) / (SUM + sample.length * 4))
  const order = [...vectors].sort(([a], [b]) => Number(wanted.has(b)) - Number(wanted.has(a))).slice(0, most)
  const head = Buffer.alloc(LENGTH)
  head.writeUInt32LE(sample.length)
  const rest = Buffer.concat([head, ...order.flatMap(([sum, vector]) => [Buffer.from(sum, 'hex'), numbersOf(vector)])])
  storeFile(file, Buffer.concat([sha256(rest), rest]))
  trim(join(file, '..'))
}

function numbersOf(vector: Float32Array): Buffer {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4)
  return bytes
}

function trim(directory: string): void {
  try {
    const files = readdirSync(directory)
      .filter(name => FILE_NAME.test(name))
      .map(name => ({ path: join(directory, name), used: statSync(join(directory, name)).mtimeMs }))
      .sort((a, b) => b.used - a.used)
    for (const { path } of files.slice(MOST_FILES)) rmSync(path, { force: true })
  } catch {
    // Another peel may have been a moment earlier.
  }
}

function sha256(content: string | Uint8Array): Buffer {
  return createHash('sha256').update(content).digest()
}
