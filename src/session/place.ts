import type { Location } from '../image/location.ts'

/** Where an image is asked for: a location of cli.md, or the built-in image. */
export type Place = Location | { readonly transport: 'demo' }
