import { layerTint, TINTS, type Tint } from '../../line/tint.ts'
import { changeOf, hasChildren, nameAt } from '../../list/file-table.ts'
import { aliveAt, heavyChildren, type WeighedTree } from '../../list/weighed-tree.ts'
import type { MapColours } from '../model/treemap.ts'
import { KIND_TINTS, kindOfFile } from './file-kind.ts'

/** How a spot of the map is filled. */
const SHADES = ['alive', 'litter', 'hidden'] as const
export type Shade = (typeof SHADES)[number]

/** Tint and shade in one number; 0 is the ground between rectangles. */
export type Look = number

export const GROUND: Look = 0

function lookOf(tint: Tint, shade: Shade): Look {
  return 1 + TINTS.indexOf(tint) * SHADES.length + SHADES.indexOf(shade)
}

export function shadeOf(look: Look): Shade {
  return SHADES[(look - 1) % SHADES.length] ?? 'alive'
}

/** The colour that a spot is drawn in: hidden bytes have that of waste, whatever their kind. */
export function tintOf(look: Look): Tint {
  return shadeOf(look) === 'hidden' ? 'waste' : (TINTS[Math.floor((look - 1) / SHADES.length)] ?? 'grey')
}

/** Levels that are looked into for the colour of a directory that is drawn as one. */
const DEEPEST = 64

/** The look of a row that is drawn as one: that of the heaviest file below it. */
export function lookOfRow(tree: WeighedTree, row: number, colours: MapColours): Look {
  let deepest = row
  for (let depth = 0; depth < DEEPEST && hasChildren(tree.table, deepest); depth++) {
    const child = heavyChildren(tree, deepest).rows[0]
    if (child === undefined) break
    deepest = child
  }
  const isHidden = aliveAt(tree, deepest) < (tree.hidden[deepest] ?? 0)
  return partLook(tree, deepest, isHidden, colours)
}

/** The look of what can be read of a file, or of what is hidden of it. */
export function partLook(tree: WeighedTree, row: number, isHidden: boolean, colours: MapColours): Look {
  const shade = isHidden ? 'hidden' : tree.litter[row] === 0 ? 'alive' : 'litter'
  return lookOf(tintOfRow(tree, row, colours), shade)
}

function tintOfRow({ table }: WeighedTree, row: number, colours: MapColours): Tint {
  switch (colours) {
    case 'layer':
      return layerTint(table.layers[row] ?? 0)
    case 'change':
      return CHANGE_TINTS[changeOf(table, row)]
    case 'kind':
      return KIND_TINTS[kindOfFile(nameAt(table, row), nameAt(table, table.parents[row] ?? 0))]
  }
}

export const CHANGE_TINTS = { unchanged: 'grey', added: 'blue', modified: 'yellow', removed: 'rose' } as const
