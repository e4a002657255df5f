/** One of two images that are looked at in turn: what goes to `World.open`. */
type Openable = { readonly reference: string; readonly digest?: string }

/** The image that was rebuilt and what came of it; `before` and `after` are compressed bytes. */
export type BesideSlice =
  | { readonly original: Openable; readonly result: Openable; readonly before: number; readonly after: number }
  | undefined
