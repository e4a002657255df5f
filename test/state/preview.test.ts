import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { plainText } from '../../src/line/line.ts'
import { readZipDirectory } from '../../src/list/zip-directory.ts'
import type { Effect } from '../../src/state/model/effect.ts'
import { panesOf } from '../../src/state/model/screen.ts'
import type { State } from '../../src/state/model/state.ts'
import { shownRows } from '../../src/state/shell/given.ts'
import { layout } from '../../src/state/shell/pane.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { fc } from '../kit/seeded-check.ts'
import { play } from '../kit/state/opened-state.ts'
import { readImageState, rowTexts } from '../kit/state/read-image-state.ts'

const FINDING = {
  id: 'a/b',
  severity: 'warning',
  layer: 0,
  hiddenBy: null,
  path: 'app/small',
  bytes: 1,
  hiddenBytes: 0,
  title: '',
  detail: '',
  fix: '',
  inBase: false,
  fingerprint: '',
  evidence: {},
}

const REST = { type: 'rested' } as const

function textOf(state: State): string {
  return rowTexts(state, 'details').join('\n')
}

/** The tree with the cursor on `path`, on a screen with the preview beside it. */
function on(state: State, path: string): readonly [State, readonly Effect[]] {
  const rows = shownRows(state, 'files')
  const index = rows
    .slice(0, rows.length)
    .findIndex(({ line }) => new RegExp(` ${path.replaceAll('.', '\\.')}(?:/| |$)`).test(plainText(line)))
  assert.notEqual(index, -1, `${path} is in the tree`)
  const back = play({ ...state, cursors: { ...state.cursors, files: { index: index - 1, top: 0 } } }, 'down')
  return back
}

describe('the preview', () => {
  let tree: State
  let answered: Awaited<ReturnType<typeof readImageState>>['play']
  before(async () => {
    const lines = Array.from({ length: 40 }, (_, line) => `line ${line + 1}\n`).join('')
    const image = await readImageState([
      layerFixture(
        {
          'app/': {},
          'app/big.bin': { content: 'x'.repeat(5000) },
          'app/small': 'a',
          'etc/': {},
          'etc/notes.txt': lines,
          'etc/notes': { flag: '2', link: 'notes.txt' },
          'etc/nowhere': { flag: '2', link: 'gone' },
          'etc/round': { flag: '2', link: 'round' },
        },
        { history: { created_by: 'COPY . /' } },
      ),
      layerFixture({ 'app/.wh.small': '' }, { history: { created_by: 'RUN rm /app/small' } }),
    ])
    answered = image.play
    tree = answered({ ...image.state, size: { columns: 160, rows: 40 } }, '2', 'E')
  })

  test('waits until the cursor rests: until then nothing is read and nothing else is drawn', () => {
    const [moved, effects] = on(tree, 'notes.txt')
    assert.deepEqual(
      effects.map(({ type }) => type),
      ['abort', 'rest'],
    )
    assert.equal(textOf(moved), textOf(tree))
    const [rested, asked] = play(moved, REST)
    assert.match(textOf(rested), /-rw-r--r-- +0:0 +layer 1\n +1 writes it +COPY \. \//)
    const [read] = asked
    assert.ok(read?.type === 'read-file' && read.near === true && read.tag === 'preview' && read.range.length === 311)
    const [left, cancels] = play(rested, 'up')
    assert.deepEqual(cancels[0], { type: 'abort', key: 'read-file:preview' })
    assert.equal(textOf(left), textOf(rested), 'the file is shown until the cursor rests somewhere else')
  })

  test('shows the first lines of a text, what a link leads to, the biggest of a directory, and what became of a removed file', () => {
    assert.match(textOf(answered(on(tree, 'notes.txt')[0], REST)), /COPY \. \/\n\nline 1\nline 2\n/)
    const error = new ImageError('LAYER_NOT_READ', 'Cannot read from layer 1: it has not been read yet')
    const failed = { type: 'failed', tag: 'preview', id: 'shown', error } as const
    assert.match(textOf(play(on(tree, 'notes.txt')[0], REST, failed)[0]), /\nCannot read from layer 1: it has not been read yet$/)
    assert.match(
      textOf(play(on(tree, 'notes → notes.txt')[0], REST)[0]),
      /→ notes\.txt\n\/etc\/notes\.txt\n311 B .*\n⏎ follows it/,
    )
    assert.match(textOf(play(on(tree, 'nowhere → gone')[0], REST)[0]), /→ gone\nNothing is there/)
    const round = on(tree, 'round → round')[0]
    assert.match(textOf(play(round, REST)[0]), /→ round\nFrom there it leads back to itself\./)
    assert.match(play(round, 'enter')[0].message?.text ?? '', /leads to round, and from there back to itself/)
    assert.match(play(on(tree, 'nowhere → gone')[0], 'enter')[0].message?.text ?? '', /leads to gone, which is not in this tree/)
    assert.match(textOf(play(on(tree, 'app')[0], REST)[0]), /5\.00 kB in 2 paths, the biggest:\n +5\.00 kB █+ big\.bin/)
    assert.match(textOf(play(on(tree, 'small  removed by 2')[0], REST)[0]), /1 writes it, hidden +COPY.*\n +2 removes it +RUN rm/)
  })

  test('d goes into it at once, Enter on a row to the path that it names, Esc back', () => {
    const [inside] = play(on(tree, 'app')[0], 'd')
    assert.equal(inside.focus, 'details')
    assert.match(textOf(inside), /in 2 paths/)
    const went = answered(inside, 'G', 'enter')
    assert.deepEqual([went.focus, panesOf(went.screen).tab], ['main', 'files'])
    const [back] = play(inside, 'escape')
    assert.deepEqual([back.focus, back.cursors.files], ['main', on(tree, 'app')[0].cursors.files])
  })

  test('the key that it names opens what is shown where the focus is; in the pane itself it goes to it', () => {
    const file = on(tree, 'notes.txt')[0]
    const [rested] = play(file, REST)
    assert.match(textOf(rested), /\n⏎ looks at it\.$/)
    const [inside] = play(rested, 'd')
    assert.match(textOf(inside), /\n⏎ goes to it\.$/)
    const went = answered(inside, 'G', 'enter')
    assert.deepEqual([went.focus, panesOf(went.screen).tab], ['main', 'files'])
    const waste = answered(tree, '3', REST)
    assert.doesNotMatch(textOf(waste), /looks at it|shows all/)
  })

  test('of an act, of a finding and of copies the path can be copied', () => {
    const about = (subject: object) => {
      const { slices } = tree
      const shown = { ...tree, focus: 'details', slices: { ...slices, preview: { ...slices.preview, subject } } } as State
      const { dialog } = play(shown, 'y')[0]
      return dialog?.type === 'choose' ? dialog.items.map(({ label }) => label.replace(/ +/g, ' ')) : []
    }
    const act = { path: 'app/small', files: 1, bytes: 1, shippedBy: 0, hiddenBy: 1, cause: 'removed' }
    assert.ok(about({ kind: 'act', act }).includes('path /app/small'))
    assert.ok(about({ kind: 'finding', finding: FINDING, others: 0 }).includes('path /app/small'))
    const copies = about({ kind: 'twice', duplicate: { size: 1, extra: 1, paths: ['app/small', 'etc/notes.txt'] } })
    assert.ok(copies.includes('path /app/small') && copies.includes('path /etc/notes.txt'))
  })

  test('says of an act both commands in full', () => {
    const story = play(tree, '0')[0]
    assert.equal(
      play({ ...story, size: { columns: 120, rows: 40 } }, 'j')[1].some(({ type }) => type === 'rest'),
      true,
    )
    const act = { path: 'app/small', files: 1, bytes: 1, shippedBy: 0, hiddenBy: 1, cause: 'removed' } as never
    const shown = {
      ...story,
      slices: { ...story.slices, preview: { ...story.slices.preview, subject: { kind: 'act', act } } },
    } as State
    assert.match(textOf(shown), /shipped by +1 {2}COPY \. \/\n.*hidden by +2 {2}RUN rm \/app\/small/)
  })

  test('lies below panes of the whole width where the screen is high enough, beside them where it is wide', () => {
    const panes = (columns: number, rows: number, key: string) =>
      layout(play({ ...tree, size: { columns, rows } }, key)[0]).panes.map(({ pane }) => pane)
    assert.deepEqual(panes(80, 24, '2'), ['main'])
    assert.deepEqual(panes(80, 40, '2'), ['main', 'details'])
    assert.deepEqual(panes(80, 40, '1'), ['layers', 'details'])
    assert.deepEqual(panes(80, 40, '5'), ['main'])
    assert.deepEqual(panes(120, 40, '0'), ['main', 'details'])
    assert.deepEqual(panes(120, 24, '0'), ['main'])
    assert.deepEqual(panes(120, 24, '2'), ['layers', 'details', 'main'])
  })
})

/** A zip archive of stored members. */
function zipOf(members: Readonly<Record<string, string>>): Buffer {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(members)) {
    const [path, bytes] = [Buffer.from(name), Buffer.from(content)]
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50)
    local.writeUInt16LE(path.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50)
    entry.writeUInt32LE(bytes.length, 20)
    entry.writeUInt32LE(bytes.length, 24)
    entry.writeUInt16LE(path.length, 28)
    entry.writeUInt32LE(offset, 42)
    files.push(local, path, bytes)
    directory.push(entry, path)
    offset += 30 + path.length + bytes.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(directory.length / 2, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...files, ...directory, end])
}

describe('the directory of a zip archive', () => {
  test('is read from the end of the file, whatever of its beginning is not there', () => {
    const zip = zipOf({ 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\n', 'a/B.class': 'x'.repeat(300) })
    const wanted = {
      count: 2,
      members: [
        { name: 'META-INF/MANIFEST.MF', size: 22 },
        { name: 'a/B.class', size: 300 },
      ],
    }
    assert.deepEqual(readZipDirectory(zip, zip.length), wanted)
    assert.deepEqual(readZipDirectory(zip.subarray(-160), zip.length), wanted)
    assert.deepEqual(readZipDirectory(zip.subarray(-40), zip.length), { count: 2, members: [] })
    assert.equal(readZipDirectory(zip.subarray(0, -1), zip.length - 1), undefined)
  })

  test('damaged bytes are no error and list no more members than there are bytes for', () => {
    const zip = zipOf({ a: 'a', b: 'bb' })
    fc.assert(
      fc.property(fc.nat(zip.length - 1), fc.nat(255), fc.nat(zip.length), (at, byte, from) => {
        const damaged = Buffer.from(zip)
        damaged[at] = byte
        const found = readZipDirectory(damaged.subarray(from), zip.length)
        assert.ok((found?.members.length ?? 0) <= 2)
      }),
    )
  })
})
