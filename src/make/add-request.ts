import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'

/** One `--add` as it was typed, understood; nothing of it was looked at yet. */
export type AddRequest = {
  readonly source: string
  /** Undefined: into the root. */
  readonly target: string | undefined
  readonly owner: readonly [uid: number, gid: number] | undefined
  readonly mode: number | undefined
  readonly exclude: readonly string[]
}

const OPTION = /,(chown|chmod|exclude)=([^,]*)$/

/**
 * Reads `SRC[:TARGET][,chown=U:G][,chmod=MODE][,exclude=GLOB]…`. `exists` says whether a name is on this machine: of several ways
 * to split at a colon the longest source that exists is meant.
 * @throws ImageError `ADD_INVALID`
 */
export function parseAdd(typed: string, exists: (path: string) => boolean): AddRequest {
  let rest = typed
  let [owner, mode]: [AddRequest['owner'], number | undefined] = [undefined, undefined]
  const exclude: string[] = []
  for (let match = OPTION.exec(rest); match !== null; match = OPTION.exec(rest)) {
    const [whole, key, value = ''] = match
    rest = rest.slice(0, -whole.length)
    if (key === 'chown') owner ??= parseOwner(value, typed)
    else if (key === 'chmod') mode ??= parseMode(value, typed)
    else exclude.unshift(value)
  }
  const [source, target] = split(rest, exists)
  const [, unknown] = /,(\w+)=/.exec(exists(source) ? (target ?? '') : rest) ?? []
  if (unknown !== undefined) throw invalid(typed, `"${unknown}" is no option`)
  if (source === '') throw invalid(typed, 'the source is missing')
  return { source, target, owner, mode, exclude }
}

/** `U:G`, or `U` for both. @throws ImageError `ADD_INVALID` */
export function parseOwner(text: string, typed = text): readonly [uid: number, gid: number] {
  const [, uid, gid] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text) ?? []
  if (uid === undefined) throw invalid(typed, `"${text}" is no owner`)
  const owner = [Number(uid), Number(gid ?? uid)] as const
  // Linux has 32-bit owners, and the last of them means "unchanged" (chown(2)).
  if (owner.some(id => id >= 2 ** 32 - 1)) throw invalid(typed, `"${text}" is no owner Linux has`)
  return owner
}

function parseMode(text: string, typed: string): number {
  if (!/^[0-7]{1,5}$/.test(text) || Number.parseInt(text, 8) > 0o7777) throw invalid(typed, `"${text}" is no mode`)
  return Number.parseInt(text, 8)
}

function split(text: string, exists: (path: string) => boolean): readonly [source: string, target: string | undefined] {
  if (exists(text)) return [text, undefined]
  for (let colon = text.lastIndexOf(':'); colon > 0; colon = text.lastIndexOf(':', colon - 1)) {
    if (exists(text.slice(0, colon))) return [text.slice(0, colon), text.slice(colon + 1)]
  }
  const colon = text.indexOf(':')
  return colon === -1 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
}

function invalid(typed: string, why: string): ImageError {
  return new ImageError(
    'ADD_INVALID',
    { action: `add "${escapeText(typed)}"`, why: escapeText(why) },
    { hint: 'Write SOURCE:/TARGET, with ,chown=UID:GID ,chmod=755 ,exclude=GLOB if wanted.' },
  )
}
