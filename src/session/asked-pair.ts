import { ImageError } from '../error.ts'
import type { Asking } from './asking.ts'
import { type AskedSide, withTwoImages } from './compared-pair.ts'
import { withImage, withSession } from './opened-image.ts'
import { wantedPlatform } from './session.ts'

/** The two sides to compare: two images, or what some layers of one image changed together. Layers count from the base, 1 first. */
export type AskedPair =
  | { readonly kind: 'images'; readonly a: string; readonly b: string }
  | { readonly kind: 'layers'; readonly image: string; readonly from: number; readonly to: number }

/**
 * Opens both sides, runs `use` on them and closes everything, whatever happens.
 * @throws ImageError `LAYER_NOT_FOUND`, and as `withImage`
 */
export async function withPair<T>(asking: Asking, asked: AskedPair, use: (a: AskedSide, b: AskedSide) => Promise<T>): Promise<T> {
  if (asked.kind === 'images') {
    return withTwoImages(asking, asked.a, asked.b, (a, b) => use(wholeOf(a), wholeOf(b)))
  }
  return withImage(asking, asked.image, chosen => {
    const [from, to] = [chosen.layers.positionOf(asked.from), chosen.layers.positionOf(asked.to)]
    return use({ chosen, count: from }, { chosen, count: to + 1 })
  })
}

function wholeOf(chosen: AskedSide['chosen']): AskedSide {
  return { chosen, count: chosen.image.layers.length }
}

/** `3..5`: layers of one image, the base being 1; undefined for anything else. */
export function parseLayerRange(typed: string): { readonly from: number; readonly to: number } | undefined {
  const [, from, to] = /^([1-9]\d{0,8})\.\.([1-9]\d{0,8})$/.exec(typed) ?? []
  return from === undefined || to === undefined ? undefined : { from: Number(from), to: Number(to) }
}

/** `PLACE:A..B` as two references of one place; undefined where no tag could be meant. */
export function splitTagRange(typed: string): { readonly a: string; readonly b: string } | undefined {
  const [, place, first, last] = /^(.+:)([^:/@]+?)\.\.([^:/@]+)$/.exec(typed) ?? []
  return place === undefined ? undefined : { a: `${place}${first}`, b: `${place}${last}` }
}

/** Codes of a reference that names no image, where its place could be asked. */
const ABSENT = new Set([
  'IMAGE_NOT_FOUND',
  'MANIFEST_UNKNOWN',
  'NAME_UNKNOWN',
  'NOT_FOUND',
  'LOCATION_INVALID',
  'REFERENCE_INVALID',
])

/** Whether the reference as a whole names an image: `..` is allowed in a tag. @throws ImageError when the place cannot be asked */
export async function namesAnImage(asking: Asking, reference: string): Promise<boolean> {
  try {
    await withSession(asking, reference, async session => session.choose(wantedPlatform(asking.platform)))
    return true
  } catch (error) {
    if (error instanceof ImageError && ABSENT.has(error.code)) return false
    throw error
  }
}
