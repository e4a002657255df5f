import type { PromptDialog } from './dialog.ts'
import { fieldOf } from './field.ts'

/** Asks for an expression of the filter language, `text` to begin with; every letter runs `<view>.filter`, Esc `<view>.unfilter`. */
export function filterPrompt(view: 'files' | 'biggest' | 'waste' | 'findings', text: string): PromptDialog {
  return {
    type: 'prompt',
    label: 'filter',
    hint: view === 'findings' ? FINDINGS_HINT : FILTER_HINT,
    field: fieldOf(text),
    command: `${view}.filter`,
    live: true,
    completes: 'filter',
    cancel: `${view}.unfilter`,
  }
}

const FILTER_HINT = 'word  *.so  /regex/  >10M  type:link  layer:3  change:removed  suid  !not  a | b'

const FINDINGS_HINT = 'word  error  warning  secret/  waste/  layer:3  /path  !not'
