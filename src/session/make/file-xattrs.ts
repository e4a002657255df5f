import { spawnSync } from 'node:child_process'
import { asByteText } from '../../blob/byte-text.ts'
import { ImageError } from '../../error.ts'
import type { Xattr } from '../../layer/entry.ts'
import { type FilePath, ROOT } from '../../layer/file-path.ts'

/** Extended attributes of the files of a directory, by paths below it. */
export type FileXattrs = { of(path: FilePath): readonly Xattr[] }

export const NO_XATTRS: FileXattrs = { of: () => NONE }
const NONE: readonly Xattr[] = []

/**
 * Reads all attributes whose names match, with one run of `getfattr`: Node has no call for them. Only what has any is kept.
 * @throws ImageError `XATTRS_UNREADABLE` without that program
 */
export function readXattrs(directory: string, names: string): FileXattrs {
  const args = ['-h', '-R', '-P', '-d', '--absolute-names', '-e', 'hex', '-m', names, '--', '.']
  const { stdout, error, status, stderr } = spawnSync('getfattr', args, {
    cwd: directory,
    maxBuffer: 1 << 30,
    encoding: 'latin1',
  })
  if (error !== undefined || (status !== 0 && stdout === '')) {
    const why = error === undefined ? (stderr.trim().split('\n')[0] ?? '') : 'the program getfattr is not installed'
    if (error === undefined && why === '') return NO_XATTRS
    throw new ImageError(
      'XATTRS_UNREADABLE',
      { action: 'read extended attributes', why },
      { hint: 'Debian has it in the package attr; leave out --xattrs to do without.' },
    )
  }
  const found = new Map<FilePath, readonly Xattr[]>()
  for (const block of stdout.split('\n\n')) {
    const [head = '', ...lines] = block.trim().split('\n')
    if (!head.startsWith('# file: ')) continue
    const name = unescaped(head.slice('# file: '.length))
    const path = (name === '.' ? ROOT : name.replace(/^\.\//, '')) as FilePath
    const xattrs = lines.flatMap((line): Xattr[] => {
      const equals = line.indexOf('=0x')
      return equals === -1 ? [] : [[asByteText(unescaped(line.slice(0, equals))), Buffer.from(line.slice(equals + 3), 'hex')]]
    })
    found.set(
      path,
      xattrs.sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  }
  return { of: path => found.get(path) ?? NONE }
}

/** getfattr writes odd bytes of names as octal numbers. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
