/** How far the tour of the demo is: the number of the hint, base 0. Undefined where there is none, or none any more. */
export type TourSlice = { readonly step: number } | undefined
