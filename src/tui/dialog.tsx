import { Box, Text } from 'ink'
import SelectInput from 'ink-select-input'
import { createContext, useContext, useEffect, useState } from 'react'
import { span } from '../line/line.ts'
import { cut } from '../line/text.ts'
import type { Dialog, MenuItem } from '../state/model/dialog.ts'
import { sheetTitle } from '../state/shell/sheet.ts'
import { paint } from './paint.ts'
import { Row } from './row.tsx'
import type { Theme } from './theme.ts'

/** Hears which choice can take keys, and is given the index of the item that it shows first. */
export type OnReady = (dialog: Dialog | undefined, firstItem: () => number) => void

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
  const [shown] = useState(() => new Set<number>())
  useEffect(() => {
    onReady(dialog, () => firstOf(shown, dialog.items.length))
    return () => onReady(undefined, () => 0)
  }, [onReady, dialog, shown])
  const items = dialog.items.map((choice, index) => ({
    key: String(index),
    index,
    label: `${index < 9 ? index + 1 : ' '}  ${cut(choice.label, columns - 8)}`,
    value: choice,
  }))
  return (
    <Box flexDirection="column" width={columns} height={rows} flexShrink={0}>
      <Row text={paint(sheetTitle(dialog.title.toUpperCase(), [], columns, ascii), theme, columns)} />
      <ItemContext value={{ theme, shown }}>
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
      </ItemContext>
    </Box>
  )
}

function Indicator({ isSelected = false }: { readonly isSelected?: boolean }) {
  return <Text>{isSelected ? ' > ' : '   '}</Text>
}

/** ink-select-input hands on every field of an item, and says nowhere which items it shows. */
type ItemProps = { readonly isSelected?: boolean; readonly label: string; readonly index?: number }

type ItemWorld = { readonly theme: Theme | undefined; readonly shown: Set<number> }

const ItemContext = createContext<ItemWorld>({ theme: undefined, shown: new Set() })

/** The first of the items on the screen: they follow each other, the first of all after the last. */
function firstOf(shown: ReadonlySet<number>, count: number): number {
  return [...shown].find(index => !shown.has((index - 1 + count) % count)) ?? 0
}

function Item({ isSelected = false, label, index = 0 }: ItemProps) {
  const { theme, shown } = useContext(ItemContext)
  useEffect(() => {
    shown.add(index)
    return () => void shown.delete(index)
  }, [shown, index])
  const spans = [span(label, isSelected ? 'accent' : 'plain')]
  return <Text wrap="truncate">{theme === undefined ? label : paint(spans, theme, 0)}</Text>
}
