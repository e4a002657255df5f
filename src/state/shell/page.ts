import type { Line } from '../../line/line.ts'
import type { Page } from '../model/dialog.ts'
import type { State } from '../model/state.ts'
import { diagnosticsLines } from './diagnostics-page.ts'
import { helpLines } from './help.ts'

const PAGES: {
  readonly [Type in Page['type']]: { readonly title: string; readonly lines: (state: State, width: number) => readonly Line[] }
} = {
  help: { title: 'KEYS', lines: helpLines },
  findings: { title: 'FINDINGS', lines: diagnosticsLines },
}

export function pageTitle({ type }: Page): string {
  return PAGES[type].title
}

/** All lines of the page, for a screen of `width` cells. */
export function pageLines(state: State, { type }: Page, width: number): readonly Line[] {
  return PAGES[type].lines(state, width)
}
