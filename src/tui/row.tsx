import { Text } from 'ink'
import { memo } from 'react'

/** One screen row. The text is cut to its width already; truncating guards against a width Ink sees otherwise. */
export const Row = memo(function Row({ text }: { readonly text: string }) {
  return <Text wrap="truncate">{text}</Text>
})
