import type { Marks } from './marks.ts'
import type { PlanSlice } from './squash-plan.ts'

/** One of two images that are looked at in turn: what goes to `World.open`. */
type Openable = { readonly reference: string; readonly digest?: string }

/** Compressed bytes. */
type Figures = { readonly before: number; readonly after: number }

/** The image that was rebuilt and what came of it: of all that was written, and of the one image that was on the screen. */
export type BesideSlice =
  | (Figures & {
      readonly original: Openable
      readonly result: Openable
      readonly own: Figures
      /** The plan for the original: coming back to it goes on from there. */
      readonly planned: { readonly marks: Marks; readonly plan: PlanSlice }
    })
  | undefined
