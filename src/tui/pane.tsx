import { Box } from 'ink'
import type { PaneLine } from '../state/shell/pane.ts'
import { paint } from './paint.ts'
import { Row } from './row.tsx'
import type { Theme } from './theme.ts'

export type PaneProps = {
  readonly lines: readonly PaneLine[]
  readonly width: number
  readonly theme: Theme
}

/** Any pane: its rows in fixed slots, one <Text> a screen row. */
export function Pane({ lines, width, theme }: PaneProps) {
  return (
    <Box flexDirection="column" width={width} height={lines.length} flexShrink={0}>
      {lines.map(({ spans, selected }, slot) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a slot is a row of the screen, not an item
        <Row key={slot} text={paint(spans, theme, width, selected)} />
      ))}
    </Box>
  )
}
