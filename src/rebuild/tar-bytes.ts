import type { Changeset } from '../layer/changeset.ts'

/** A layer's uncompressed tar, read anywhere. */
export interface TarBytes {
  /** Fills `length` bytes of `into` from `start` on with what lies at `offset`. @throws ImageError when they are not there */
  read(into: Buffer, start: number, offset: number, length: number): void
}

/** A stretch of an uncompressed tar. */
export type TarRange = { readonly offset: number; readonly length: number }

/** The changeset and tar of a layer of a stack, by the layers' places in that stack. */
export type LayerBytes = { readonly changeset: Changeset; readonly tar: TarBytes }
