import { START } from '../../line/cursor.ts'
import { KEYS, type KeyTable } from '../keys/keys.ts'
import { eachView } from '../keys/view-id.ts'
import { DEFAULT_SETTINGS, type Settings } from './settings.ts'
import { FIRST_SLICES } from './slices.ts'
import type { Size, State } from './state.ts'

/** The state the program starts with. `opening` names the image that is being opened, escaped. */
export function firstState(
  size: Size,
  options: { readonly settings?: Settings; readonly keys?: KeyTable; readonly opening?: string; readonly tour?: boolean } = {},
): State {
  return {
    size,
    image: undefined,
    compared: undefined,
    screen:
      options.opening === undefined
        ? { kind: 'start', opening: undefined, behind: undefined }
        : { kind: 'opening', opening: options.opening },
    focus: 'main',
    trail: [],
    cursors: eachView(() => START),
    slices: options.tour === true ? { ...FIRST_SLICES, tour: { step: 0 } } : FIRST_SLICES,
    dialog: undefined,
    message: undefined,
    settings: options.settings ?? DEFAULT_SETTINGS,
    light: undefined,
    keys: options.keys ?? KEYS,
  }
}
