import { asByteText } from '../../../src/blob/byte-text.ts'
import type { Changeset } from '../../../src/layer/changeset.ts'
import { buildStack } from '../../../src/overlay/apply.ts'
import type { Semantics, Stack } from '../../../src/overlay/tree.ts'
import { changesetFixture, type EntryFixture } from './changeset-fixture.ts'

/**
 * A layer in words, entries in tar order separated by spaces: `d/` a directory, `f=text` a file, `s@target` a symlink,
 * `l&target` a hard link, `c%1,3` a character device, `wh:p` a whiteout of p, `opaque:d` an opaque marker in d, `.` the
 * root; `:0700` after any of them is its mode, `!` after a directory trusted.overlay.opaque.
 */
export function layerOf(words: string): Changeset {
  return changesetFixture(words.split(' ').filter(Boolean).map(entryOf))
}

export function stackOf(semantics: Semantics, layers: readonly string[]): Stack {
  return buildStack(layers.map(layerOf), semantics)
}

function entryOf(word: string): EntryFixture {
  if (word.startsWith('wh:')) return { type: 'whiteout', path: word.slice(3) }
  if (word.startsWith('opaque:')) return { type: 'opaque', path: word.slice(7) }
  const [, body = '', octal] = /^(.*?)(?::([0-7]{4}))?$/.exec(word) ?? []
  return { ...plainEntry(body), ...(octal === undefined ? {} : { mode: Number.parseInt(octal, 8) }) }
}

function plainEntry(word: string): EntryFixture {
  const [, path = '', sign, rest = ''] = /^([^=@&%]*)([=@&%])?(.*)$/.exec(word) ?? []
  if (sign === '=') return { type: 'file', path, content: rest }
  if (sign === '@') return { type: 'symlink', path, target: rest }
  if (sign === '&') return { type: 'hardlink', path, target: rest }
  if (sign === '%') return { type: 'character-device', path, device: [Number(rest.split(',')[0]), Number(rest.split(',')[1])] }
  return path.endsWith('!')
    ? { type: 'directory', path: path.slice(0, -1), xattrs: [[asByteText('trusted.overlay.opaque'), Buffer.from('y')]] }
    : { type: 'directory', path }
}
