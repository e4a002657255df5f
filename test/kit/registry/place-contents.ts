import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { TestRegistry } from './test-registry.ts'

/** Sizes of everything a place holds, by sha256: found by reading it as bytes, not by peel. */
export type PlaceContents = ReadonlyMap<string, number>

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

function layoutContents(directory: string): PlaceContents {
  const found = new Map<string, number>()
  for (const name of readdirSync(join(directory, 'blobs/sha256'))) {
    const bytes = readFileSync(join(directory, 'blobs/sha256', name))
    found.set(digestOf(bytes), bytes.length)
  }
  return found
}

/** Members of a tar file, whatever compresses it, by their names. */
export function archiveMembers(packed: Buffer): ReadonlyMap<string, Buffer> {
  const tar =
    packed[0] === 0x1f ? gunzipSync(packed) : packed.readUInt32BE(0) === 0x28b52ffd ? zstdDecompressSync(packed) : packed
  const members = new Map<string, Buffer>()
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const name = tar.toString('latin1', at, tar.indexOf(0, at))
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8)
    members.set(name, tar.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return members
}

export function archiveContents(path: string): PlaceContents {
  return contentsOfArchive(readFileSync(path))
}

export function contentsOfArchive(packed: Buffer): PlaceContents {
  return new Map([...archiveMembers(packed).values()].map(bytes => [digestOf(bytes), bytes.length]))
}

export function repositoryContents({ store }: TestRegistry, repository: string): PlaceContents {
  const { blobs, manifests } = store.repository(repository)
  const all = [...blobs.values(), ...[...manifests.values()].map(({ bytes }) => bytes)]
  return new Map(all.map(bytes => [digestOf(bytes), bytes.length]))
}

export function placeContents(path: string): PlaceContents {
  if (!statSync(path).isDirectory()) return archiveContents(path)
  return existsSync(join(path, 'index.json')) ? layoutContents(path) : contentsOfFiles(path)
}

/** Of a flat directory, as skopeo's `dir:` has it. */
function contentsOfFiles(directory: string): PlaceContents {
  return new Map(
    readdirSync(directory)
      .map(name => readFileSync(join(directory, name)))
      .map(bytes => [digestOf(bytes), bytes.length]),
  )
}

/** The blobs in the output are there, byte for byte. */
export function checkSaid(said: { result: Blob; layers: readonly (Blob & { action: string })[] }, contents: PlaceContents): void {
  for (const { digest, size } of [said.result, ...said.layers.filter(({ action }) => action !== 'dropped')])
    assert.equal(contents.get(digest), size, digest)
}
type Blob = { readonly digest: string; readonly size: number }
