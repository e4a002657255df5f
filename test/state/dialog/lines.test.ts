import { test } from 'node:test'
import { type Line, plainText } from '../../../src/line/line.ts'
import type { State } from '../../../src/state/model/state.ts'
import { footerLines } from '../../../src/state/shell/footer.ts'
import { headerLine } from '../../../src/state/shell/header.ts'
import { paletteEntries } from '../../../src/state/shell/palette.ts'
import { promptLine } from '../../../src/state/shell/prompt-line.ts'
import { sheetLines } from '../../../src/state/shell/sheet.ts'
import { tabBarLine } from '../../../src/state/shell/tab-bar.ts'
import { assertGolden } from '../../kit/golden-text.ts'
import { play, seenViews, state } from '../../kit/state/seen-views.ts'

/** A line with the role of each stretch that is not plain. */
const marked = (line: Line) =>
  line
    .map(({ text, role }) => (role === 'plain' || text === '' ? text : `[${role}:${text}]`))
    .join('')
    .trimEnd()

/** A sheet line by line, a menu item by item. */
function drawn(shown: State): readonly string[] {
  const { dialog } = shown
  if (dialog?.type === 'choose') return [dialog.title, ...dialog.items.map(({ label, command }) => `${command}: ${label}`)]
  if (dialog?.type === 'prompt') return [marked(promptLine(dialog, shown.size.columns))]
  return sheetLines(shown).map(({ spans, selected }) => `${selected ? '>' : ' '}${marked(spans)}`)
}

const sized = (shown: State, columns: number): State => ({ ...shown, size: { columns, rows: 30 } })

test('header, tabs and footer of every view, wide and narrow', async () => {
  const text: string[] = []
  for (const [name, shown] of Object.entries(await seenViews())) {
    text.push(`==== ${name}`)
    for (const columns of [140, 60]) {
      const each = sized(shown, columns)
      text.push(...[headerLine(each), tabBarLine(each), ...footerLines(each)].map(marked))
    }
  }
  assertGolden('view-edges.txt', text.join('\n'))
})

test('the palette: every entry, what it is found by, its keys, and why it cannot be run now', async () => {
  const views = await seenViews()
  const start = views['start'] ?? state
  const text: string[] = []
  for (const [name, shown] of [
    ['start', start],
    ['layers', state],
  ] as const)
    for (const query of ['', 'e', 'q', 'layer 2', '3', 'theme', 'filter', 'secrets', 'files']) {
      text.push(`==== ${name}: "${query}"`)
      for (const { label, command, argument, keys, tab, reason, changes, words } of paletteEntries(shown, query)) {
        const more = [
          tab && `tab ${tab}`,
          reason && `not now: ${reason}`,
          changes && 'changes',
          words.trim() !== '' && `words ${words.trim()}`,
        ]
        text.push(
          [`${label} (${command}${argument === undefined ? '' : ` ${argument}`})`, keys.join(' '), ...more.filter(Boolean)].join(
            '; ',
          ),
        )
      }
    }
  assertGolden('palette.txt', text.join('\n'))
})

test('help, palette, menus and prompts as they are drawn over the panes, wide and narrow', () => {
  const dialogs: Readonly<Record<string, State>> = {
    help: play(state, '?'),
    'help of the files': play(state, '2', '?'),
    palette: play(state, ':'),
    'palette: a search': play(state, ':', ...'files'),
    'find a file': play(state, 'ctrl-p'),
    'find a file: a search': play(state, 'ctrl-p', ...'con'),
    copies: play(state, '2', 'y'),
    themes: play(state, 'T'),
    'a prompt': play(state, '2', 'f', ...'size'),
  }
  const text: string[] = []
  for (const [name, shown] of Object.entries(dialogs))
    for (const columns of [120, 60]) {
      text.push(`==== ${name} in ${columns}, ${shown.dialog?.type}`)
      text.push(...drawn(sized(shown, columns)))
      text.push(...footerLines(sized(shown, columns)).map(plainText))
    }
  assertGolden('dialogs.txt', text.join('\n'))
})
