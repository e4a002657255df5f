import type { CertificateFacts } from '../../blob/certificate.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import type { ElfHeader } from '../../blob/elf.ts'
import type { FilePath } from '../../layer/file-path.ts'
import type { Fact } from '../../line/facts.ts'
import { type ContentBytes, noBytes, WHOLE_BYTES } from '../../list/content-bytes.ts'
import type { JsonDocument } from '../../list/json-document.ts'
import type { Detected } from '../../list/text-encoding.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import type { ImageId } from './open-image.ts'

const SHAPES = ['text', 'json', 'hex', 'facts'] as const
export type ContentShape = (typeof SHAPES)[number]

/** One file or blob that is looked at. */
export type Content = {
  readonly source: ContentSource
  /** Path or digest, escaped. */
  readonly name: string
  /** The file, where it is one. */
  readonly node: TreeNode | undefined
  readonly bytes: ContentBytes
  /** Undefined until the first bytes are there. */
  readonly detected: Detected | undefined
  /** Lines end as on Windows, as far as the beginning tells. */
  readonly crlf: boolean
  readonly shape: ContentShape
  readonly wrap: boolean
  readonly numbers: boolean
  /** Cells that the text is moved to the left. */
  readonly shift: number
  readonly json: JsonDocument | undefined
  /** The JSON is what a signed envelope carries; its text is the envelope. */
  readonly enveloped: boolean
  readonly folded: ReadonlySet<number>
  readonly elf: ElfHeader | undefined
  readonly certificates: readonly CertificateFacts[]
  /** Of a document that is understood, what it says in words. */
  readonly summary: readonly Fact[]
  /** Its bytes are fetched only when another shape than `facts` is asked for. */
  readonly waits: boolean
  /** The blob that a large file of an artifact is: its pages are fetched by range alone, so none of them is proven. */
  readonly pagesOf: Descriptor | undefined
  /** The text that was searched last, the place where the search began, and how it went where it did not just find the next place. */
  readonly search: { readonly text: string; readonly from: number; readonly outcome?: 'wrapped' | 'none' } | undefined
  /** A search that waits for more bytes; `wrapped`: it has been at the end and goes on from the other one. */
  readonly seeking: { readonly step: 1 | -1; readonly from: number; readonly wrapped: boolean } | undefined
  readonly failed: string | undefined
}

export type ContentSlice = Content | undefined

/** An artifact in words: the whole of it, and each blob that is one file, by position. */
export type ArtifactPage = { readonly about: readonly Fact[]; readonly files: ReadonlyMap<number, readonly Fact[]> }

/** Whether there are bytes to read, page through and save: links, devices and directories have none. */
export function hasBytes({ source, node }: Content): boolean {
  return source.kind === 'blob' || (node?.type === 'file' && node.content !== undefined)
}

/** Whether pages are shown that were not held against a digest: only all of the blob could be, and it is too large to be read for a look. */
export function isUnproven({ source, pagesOf, bytes }: Content): boolean {
  return pagesOf !== undefined || (source.kind === 'blob' && bytes.size > WHOLE_BYTES)
}

export function startContent(source: ContentSource, name: string, size: number, node: TreeNode | undefined): Content {
  return {
    source,
    name,
    node,
    bytes: noBytes(size),
    detected: undefined,
    crlf: false,
    shape: 'text',
    wrap: false,
    numbers: true,
    shift: 0,
    json: undefined,
    enveloped: false,
    folded: new Set(),
    elf: undefined,
    certificates: [],
    summary: [],
    waits: false,
    pagesOf: undefined,
    search: undefined,
    seeking: undefined,
    failed: undefined,
  }
}

/** Bytes of one row of the hexadecimal view. */
export function hexBytes(width: number): number {
  return width >= HEX_WIDE ? 16 : 8
}

const HEX_WIDE = 77

/** Where bytes that are looked at come from: an entry of a layer, or a blob, of one of the open images. */
export type ContentSource =
  | { readonly kind: 'entry'; readonly image: ImageId; readonly layer: number; readonly entry: number }
  | { readonly kind: 'blob'; readonly image: ImageId; readonly blob: Descriptor }

/** The file to save once a destination is typed. */
export type SaveSlice =
  | { readonly kind: 'tree'; readonly image: ImageId; readonly path: FilePath; readonly layers: number }
  | { readonly kind: 'text'; readonly text: string }
  | ContentSource
  | undefined
