import { ImageError } from '../error.ts'
import { displayPath } from '../layer/file-path.ts'
import { nextTurn } from '../overlay/in-slices.ts'
import type { Member } from './flatten.ts'
import { type CopiedLayers, layerTar } from './layer-tar.ts'
import type { Compress } from './plan.ts'
import type { MadeLayer, Workshop } from './workshop.ts'

/** Members are written for so long before signals are heard. */
const TURN_MILLISECONDS = 20

export type WriteOptions = { readonly signal?: AbortSignal | undefined; readonly onBytes?: (bytes: number) => void }

/** Writes the members as a layer. */
export async function writeLayer(
  members: Iterable<Member>,
  layers: CopiedLayers,
  compress: Compress,
  workshop: Workshop,
  { signal, onBytes }: WriteOptions,
): Promise<MadeLayer> {
  async function* stream(): AsyncGenerator<Uint8Array> {
    let until = performance.now() + TURN_MILLISECONDS
    for (const chunk of layerTar(members, layers)) {
      if (performance.now() >= until) {
        // A block for the other threads takes thousands of small files: signals are heard before it is full.
        await nextTurn(signal)
        until = performance.now() + TURN_MILLISECONDS
      }
      signal?.throwIfAborted()
      onBytes?.(chunk.length)
      yield chunk
    }
  }
  return await workshop.make(stream(), compress, signal)
}

/** The uncompressed bytes that a member takes, without the header's long names: for a progress bar. */
export function expectedBytes(member: Member): number {
  const content = member.kind === 'node' && member.node.type === 'file' ? member.node.size : 0
  return 512 + Math.ceil(content / 512) * 512
}

/** The same members. A sparse file whose holes were too large to hash cannot be proven the same, and would fill the disk. @throws ImageError `SPARSE_FILE_HUGE` */
export function* hashedMembers(members: Iterable<Member>): Generator<Member> {
  for (const member of members) {
    if (member.kind === 'node' && member.node.type === 'file' && member.node.sha256 === undefined) {
      throw new ImageError(
        'SPARSE_FILE_HUGE',
        `Cannot write "${displayPath(member.node.path)}": its holes make it ${member.node.size} bytes, too many to write out`,
        { hint: 'Remove the file (--remove), or leave its layer out of the range.' },
      )
    }
    yield member
  }
}
