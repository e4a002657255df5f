import { isRecord } from '../../blob/descriptor.ts'

/** Reading what strangers wrote: every field may be missing or of another kind. */

type Json = Readonly<Record<string, unknown>>

/** Texts longer than this are cut: they are for a line on a screen. */
const TEXT_LIMIT = 2048

/** The object below these names; an empty one where there is none. */
export function objectAt(value: unknown, ...names: readonly string[]): Json {
  let at: unknown = value
  for (const name of names) at = isRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined
  return isRecord(at) ? at : {}
}

/** The text below these names, cut to a line's worth; undefined where it is none or empty. */
export function textAt(value: unknown, ...names: readonly string[]): string | undefined {
  const last = names.at(-1) ?? ''
  const text = objectAt(value, ...names.slice(0, -1))[last]
  if (typeof text === 'number' || typeof text === 'boolean') return String(text)
  return typeof text === 'string' && text !== '' ? text.slice(0, TEXT_LIMIT) : undefined
}

/** The array below these names, at most `limit` items of it. */
export function listAt(value: unknown, limit: number, ...names: readonly string[]): readonly unknown[] {
  const list = objectAt(value, ...names.slice(0, -1))[names.at(-1) ?? '']
  return Array.isArray(list) ? list.slice(0, limit) : []
}

/** The texts of an object's own fields, in its order, at most `limit`. */
export function textsOf(value: Json, limit: number): Readonly<Record<string, string>> {
  const pairs = Object.entries(value).flatMap(([name, text]) => {
    const shown = typeof text === 'string' || typeof text === 'number' || typeof text === 'boolean' ? String(text) : undefined
    return shown === undefined ? [] : [[name, shown.slice(0, TEXT_LIMIT)] as const]
  })
  return Object.fromEntries(pairs.slice(0, limit))
}
