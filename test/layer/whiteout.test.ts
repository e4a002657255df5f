import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FilePath } from '../../src/layer/file-path.ts'
import { markOf } from '../../src/layer/whiteout.ts'

const mark = (path: string) => markOf(path as FilePath)

describe('markOf', () => {
  const cases: Readonly<Record<string, ReturnType<typeof markOf>>> = {
    'etc/passwd': { kind: 'ordinary' },
    'x.wh.y': { kind: 'ordinary' },
    '.wh.d/inside': { kind: 'ordinary' },
    'etc/.wh.passwd': { kind: 'whiteout', path: 'etc/passwd' as FilePath },
    '.wh.top': { kind: 'whiteout', path: 'top' as FilePath },
    'd/.wh..wh..opq': { kind: 'opaque', path: 'd' as FilePath },
    '.wh..wh..opq': { kind: 'opaque', path: '' as FilePath },
    'd/.wh..wh..opqX': { kind: 'whiteout', path: 'd/.wh..opqX' as FilePath },
    'd/.wh..opq': { kind: 'whiteout', path: 'd/.opq' as FilePath },
    'd/.wh.': { kind: 'invalid' },
    'd/.wh..': { kind: 'invalid' },
    '.wh...': { kind: 'invalid' },
    'd/.wh....': { kind: 'whiteout', path: 'd/...' as FilePath },
    '.wh..wh.aufs': { kind: 'bookkeeping' },
    '.wh..wh.plnk/99.1': { kind: 'bookkeeping' },
    '.wh..wh.orph': { kind: 'bookkeeping' },
    'd/.wh..wh.plnk': { kind: 'whiteout', path: 'd/.wh.plnk' as FilePath },
  }
  for (const [path, expected] of Object.entries(cases)) test(path, () => assert.deepEqual(mark(path), expected))
})
