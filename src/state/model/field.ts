import type { Field } from './dialog.ts'

export const EMPTY_FIELD: Field = { text: '', cursor: 0 }

export function fieldOf(text: string): Field {
  return { text, cursor: [...text].length }
}

/** Characters typed or pasted at the cursor; control characters are left out, there is only one line. */
export function insert(field: Field, typed: string): Field {
  const added = [...typed.replace(/\p{Cc}+/gu, ' ')]
  const points = [...field.text]
  points.splice(field.cursor, 0, ...added)
  return { text: points.join(''), cursor: field.cursor + added.length }
}

/** The field after an editing key; undefined when the key does not edit. */
export function editField(field: Field, key: string): Field | undefined {
  const points = [...field.text]
  const { cursor } = field
  const place = (at: number) => ({ text: field.text, cursor: Math.max(0, Math.min(points.length, at)) })
  const without = (from: number, to: number) => ({ text: points.toSpliced(from, to - from).join(''), cursor: from })
  switch (key) {
    case 'left':
      return place(cursor - 1)
    case 'right':
      return place(cursor + 1)
    case 'home':
    case 'ctrl-a':
      return place(0)
    case 'end':
    case 'ctrl-e':
      return place(points.length)
    case 'backspace':
      return cursor === 0 ? field : without(cursor - 1, cursor)
    case 'delete':
      return without(cursor, Math.min(points.length, cursor + 1))
    case 'ctrl-u':
      return without(0, cursor)
    case 'ctrl-k':
      return without(cursor, points.length)
    case 'ctrl-w':
      return without(wordStart(points, cursor), cursor)
    default:
      return undefined
  }
}

/** Where the word before `cursor` begins. */
function wordStart(points: readonly string[], cursor: number): number {
  let start = cursor
  while (start > 0 && points[start - 1] === ' ') start--
  while (start > 0 && points[start - 1] !== ' ') start--
  return start
}

/** Single characters are typed; names of keys are not. */
export function typedInto(field: Field, key: string): Field | undefined {
  if (key === 'space') return insert(field, ' ')
  return [...key].length === 1 ? insert(field, key) : undefined
}
