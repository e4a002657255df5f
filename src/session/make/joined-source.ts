import type { Descriptor } from '../../blob/descriptor.ts'
import type { BlobSource } from '../../blob/source.ts'

/** Several places as one: a blob is read from the first that `knows` it, else from the last. Closing is their owners' affair. */
export function joinedSource(places: readonly { readonly source: BlobSource; knows(blob: Descriptor): boolean }[]): BlobSource {
  const holder = (blob: Descriptor): BlobSource => {
    const found = places.find(each => each.knows(blob)) ?? places.at(-1)
    if (found === undefined) throw new RangeError('there is no place to read from')
    return found.source
  }
  return {
    name: places.map(({ source }) => source.name).join(', '),
    roots: async () => [],
    fetchUnverified: (blob, range, signal) => holder(blob).fetchUnverified(blob, range, signal),
    locate: blob => holder(blob).locate(blob),
    close: async () => undefined,
  }
}

/** Documents that were just made, to be read like those of a place. */
export function documentSource(documents: ReadonlyMap<string, Uint8Array>): BlobSource {
  return {
    name: 'the image on its new base',
    roots: async () => [],
    async *fetchUnverified({ digest }, { offset = 0, length } = {}) {
      const bytes = documents.get(digest)
      if (bytes === undefined) throw new RangeError(`${digest} was not made here`)
      yield bytes.subarray(offset, length === undefined ? undefined : offset + length)
    },
    locate: async () => undefined,
    close: async () => undefined,
  }
}
