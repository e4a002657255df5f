/** The matrix of layers: the column that is picked, by its position in the image, and where it was opened. */
export type MatrixSlice = { readonly hider: number } | undefined
