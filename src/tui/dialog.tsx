import { Box, Text } from 'ink'
import SelectInput from 'ink-select-input'
import { createContext, useContext, useEffect } from 'react'
import { span } from '../line/line.ts'
import { cut } from '../line/text.ts'
import type { Dialog, MenuItem } from '../state/model/dialog.ts'
import { sheetTitle } from '../state/shell/sheet.ts'
import { paint } from './paint.ts'
import { Row } from './row.tsx'
import type { Theme } from './theme.ts'

/** Hears which choice can take keys. */
export type OnReady = (dialog: Dialog | undefined) => void

export type ChooseProps = {
  readonly dialog: Extract<Dialog, { type: 'choose' }>
  readonly columns: number
  readonly rows: number
  readonly ascii: boolean
  readonly theme: Theme
  readonly onChoose: (choice: MenuItem) => void
  /** Called with the dialog once keys can come, with undefined when they no longer can. */
  readonly onReady: OnReady
}

/** A small choice at the bottom of the screen. */
export function ChooseDialog({ dialog, columns, rows, ascii, theme, onChoose, onReady }: ChooseProps) {
  useEffect(() => {
    onReady(dialog)
    return () => onReady(undefined)
  }, [onReady, dialog])
  const items = dialog.items.map((choice, index) => ({
    key: String(index),
    label: `${index < 9 ? index + 1 : ' '}  ${cut(choice.label, columns - 8)}`,
    value: choice,
  }))
  return (
    <Box flexDirection="column" width={columns} height={rows} flexShrink={0}>
      <Row text={paint(sheetTitle(dialog.title.toUpperCase(), [], columns, ascii), theme, columns)} />
      <ItemTheme value={theme}>
        <SelectInput
          // A menu that comes again with other items begins where it says.
          key={items.map(({ label }) => label).join('\n')}
          items={items}
          initialIndex={dialog.initial ?? 0}
          limit={rows - 1}
          indicatorComponent={Indicator}
          itemComponent={Item}
          onSelect={({ value }) => onChoose(value)}
        />
      </ItemTheme>
    </Box>
  )
}

function Indicator({ isSelected = false }: { readonly isSelected?: boolean }) {
  return <Text>{isSelected ? ' > ' : '   '}</Text>
}

type ItemProps = { readonly isSelected?: boolean; readonly label: string }

/** ink-select-input gives its items no more than their label. */
const ItemTheme = createContext<Theme | undefined>(undefined)

function Item({ isSelected = false, label }: ItemProps) {
  const theme = useContext(ItemTheme)
  const spans = [span(label, isSelected ? 'accent' : 'plain')]
  return <Text wrap="truncate">{theme === undefined ? label : paint(spans, theme, 0)}</Text>
}
