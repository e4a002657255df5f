import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FilePath } from '../../../src/layer/file-path.ts'
import { plainText } from '../../../src/line/line.ts'
import type { FileTable } from '../../../src/list/file-table.ts'
import { weightAt } from '../../../src/list/weighed-tree.ts'
import { currentPath } from '../../../src/state/files/files-refresh.ts'
import type { State } from '../../../src/state/model/state.ts'
import { footerLines } from '../../../src/state/shell/footer.ts'
import { layout, paneLines } from '../../../src/state/shell/pane.ts'
import { mapOf } from '../../../src/state/treemap/map-layout.ts'
import { pickedPath, shownMap } from '../../../src/state/treemap/treemap-open.ts'
import { TREEMAP_VIEW } from '../../../src/state/treemap/treemap-view.ts'
import { paint } from '../../../src/tui/paint.ts'
import { themeFor } from '../../../src/tui/theme.ts'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { fc } from '../../kit/seeded-check.ts'
import { readImageState } from '../../kit/state/read-image-state.ts'

const file = (bytes: number) => ({ content: 'x'.repeat(bytes) })

const LAYERS = [
  layerFixture({
    'usr/lib/libc.so': file(4000),
    'usr/bin/sh': file(1000),
    'var/cache/apt/a.deb': file(2000),
    'etc/motd': file(400),
  }),
  layerFixture({ 'app/main.js': file(1500), 'app/old': file(3000), 'usr/bin/sh': file(1000) }),
  layerFixture({ 'app/.wh.old': '' }),
]

async function opened(): Promise<{ state: State; play: (state: State, ...keys: string[]) => State }> {
  const { state, play } = await readImageState(LAYERS)
  return { state: play(state, '2', 'M'), play }
}

function screenOf(state: State): readonly string[] {
  const area = layout(state).panes[0]
  assert.ok(area !== undefined)
  return paneLines(state, area).map(({ spans }) => plainText(spans))
}

describe('the treemap', () => {
  test('says so far of the layers that are read, never of a tree of all layers that is still being weighed', async () => {
    const { state } = await opened()
    const { treemap } = state.slices
    assert.ok(treemap !== undefined)
    const weighing: State = { ...state, slices: { ...state.slices, treemap: { ...treemap, tree: undefined } } }
    const title = (of: State) => plainText(TREEMAP_VIEW.title(of).left)
    assert.equal(title(weighing), '/')
    assert.doesNotMatch(plainText(footerLines(weighing)[0] ?? []), /into|mark|in the tree/)
    const image = state.image?.analysis && { ...state.image, analysis: { ...state.image.analysis, complete: false } }
    assert.equal(title({ ...weighing, image }), '/ so far')
  })

  test('draws the children of the directory, all bytes counted: those that are alive and those that are hidden', async () => {
    const { state } = await opened()
    const map = shownMap(state)
    const tree = state.slices.treemap?.tree
    assert.ok(map !== undefined && tree !== undefined)
    assert.equal(weightAt(tree, 0), 12_900)
    assert.equal(
      map.tiles.reduce((sum, { bytes }) => sum + bytes, 0),
      12_900,
    )
    const [title = '', legend = '', ...rows] = screenOf(state)
    assert.match(title, /TREEMAP {2}\/ .*usr\/ {2}6\.00 kB {2}47 % {2}1\.00 kB hidden {2}1\/4/)
    assert.match(legend, /hidden .*litter {2}by layer .* 1 .* 2 .* 3 /)
    assert.match(rows.join('\n'), />usr\/ 6\.00 kB/)
    assert.match(rows.join('\n'), /\/\/\/\//)
    assert.match(rows.join('\n'), /· · ·/)
  })

  test('opens on the heaviest rectangle, not on the one that small files are folded into', async () => {
    const small = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`etc-${index}`, file(100)]))
    const { state, play } = await readImageState([layerFixture({ 'usr/big': file(90_000), ...small })])
    const map = play(state, 'M')
    assert.ok(
      shownMap(map)?.tiles.some(({ row }) => row === undefined),
      'some are folded',
    )
    assert.equal(pickedPath(map), 'usr')
  })

  test('hjkl move between rectangles that lie beside each other, and every rectangle can be reached', async () => {
    const { state, play } = await opened()
    const seen = new Set([0])
    const open = [state]
    for (let now = open.pop(); now !== undefined; now = open.pop())
      for (const key of ['h', 'j', 'k', 'l', 'n', 'N']) {
        const next = play(now, key)
        const picked = next.slices.treemap?.picked ?? 0
        if (!seen.has(picked)) open.push(next)
        seen.add(picked)
      }
    assert.equal(seen.size, shownMap(state)?.tiles.length)
    const right = play(state, 'l')
    assert.notEqual(right.slices.treemap?.picked, 0)
    assert.equal(play(right, 'h').slices.treemap?.picked, 0)
  })

  test('Enter goes in, Esc out to what was left, and at the top back to where it was opened', async () => {
    const { state, play } = await opened()
    const inside = play(state, 'l', 'enter')
    assert.equal(inside.slices.treemap?.path, 'app')
    assert.match(plainText(footerLines(inside)[0] ?? []), /map › \/app/)
    const out = play(inside, 'escape')
    assert.equal(out.slices.treemap?.path, '')
    assert.equal(out.slices.treemap?.picked, 1)
    assert.match(screenOf(play(out, 'escape')).join('\n'), /FILES/)
  })

  test('opens where the cursor of the tree is, and t leads back to it', async () => {
    const { state, play } = await readImageState(LAYERS)
    const files = play(state, '2', 'E', 'j', 'j')
    const cursor = currentPath(files) ?? ''
    assert.match(cursor, /\//)
    const map = play(files, 'M')
    assert.equal(`${map.slices.treemap?.path}/`, cursor.replace(/[^/]*$/, ''))
    assert.equal(pickedPath(map), cursor)
    const back = play(map, 'h', 'h', 'n', 't')
    assert.match(screenOf(back).join('\n'), /FILES/)
    assert.equal(currentPath(back), pickedPath(play(map, 'h', 'h', 'n')))
  })

  test('a file is looked at; of one that is hidden the versions are shown', async () => {
    const { state, play } = await opened()
    const app = play(state, 'l', 'enter')
    assert.match(screenOf(play(app, 'enter')).join('\n'), /VERSIONS/)
    assert.match(screenOf(play(app, 'n', 'enter')).join('\n'), /FILE /)
  })

  test('Space marks what is picked, and what is marked shows it', async () => {
    const { state, play } = await opened()
    const marked = play(state, ' ', 'space', 'l')
    assert.deepEqual([...marked.slices.marks.paths], ['usr' as FilePath])
    assert.match(screenOf(marked).join('\n'), /\*usr\//)
  })

  test('m turns what the colours tell apart; the rectangles stay', async () => {
    const { state, play } = await opened()
    const [layers, changes, kinds] = [state, play(state, 'm'), play(state, 'm', 'm')]
    assert.match(screenOf(changes)[1] ?? '', /by change .*unchanged .*added .*modified .*removed/)
    assert.match(screenOf(kinds)[1] ?? '', /by kind .*library .*program/)
    const tiles = [layers, changes, kinds].map(each => shownMap(each)?.tiles)
    assert.deepEqual(tiles[1], tiles[0])
    assert.deepEqual(tiles[2], tiles[0])
    assert.equal(play(state, 'm', 'm', 'm').slices.treemap?.colours, 'layer')
  })

  test('in ASCII hidden bytes are #, litter is : and nothing but ASCII is drawn; without colours the shades remain', async () => {
    const { state } = await opened()
    const ascii: State = { ...state, settings: { ...state.settings, ascii: true } }
    const rows = screenOf(ascii).slice(2).join('\n')
    assert.match(rows, /####/)
    assert.match(rows, /::::/)
    assert.match(rows, /^[\n -~]*$/)
    const [area] = layout(state).panes
    const bare = (each: State) =>
      paneLines(each, area ?? assert.fail())
        .map(({ spans }) => paint(spans, themeFor(each.settings, 'none'), 80))
        .join('\n')
    assert.match(bare(ascii), /\.\.\.\.\.\./)
    assert.match(bare(state), /░░░░░░/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR codes of colours
    assert.doesNotMatch(bare(state), /\u001b\[(?:3|4|9|10)\d/)
  })

  test('any tree in any size: what is drawn adds up, and what is small is folded into one rectangle', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 100_000 }), { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 37, max: 297 }),
        fc.integer({ min: 5, max: 75 }),
        fc.constantFrom(1 as const, 2 as const),
        (sizes, columns, rows, step) => {
          const tree = flatTree(sizes)
          const { tiles, spots } = mapOf(tree, 0, { columns, rows, step }, 'layer')
          const total = sizes.reduce((sum, size) => sum + size, 0)
          const drawn = tiles.reduce((sum, { bytes }) => sum + bytes, 0)
          // A share of less than half a unit may have no rectangle of its own.
          assert.ok(drawn <= total && drawn >= total * 0.98)
          assert.ok(tiles.filter(({ row }) => row === undefined).length <= 1)
          assert.equal(spots.length, columns * rows * 2)
        },
      ),
    )
  })

  test('half a million files in one directory are a hundred rectangles and one for the others', () => {
    const sizes = Array.from({ length: 500_000 }, (_, index) => 500_000 - index)
    const tree = flatTree(sizes)
    const { tiles } = mapOf(tree, 0, { columns: 197, rows: 55, step: 1 }, 'layer')
    assert.ok(tiles.length <= 101)
    assert.equal(
      tiles.reduce((sum, { rows }) => sum + rows, 0),
      500_000,
    )
    assert.ok((tree.heavy.get(0)?.rows.length ?? 0) <= 256)
  })
})

/** A root with a file of each size. */
function flatTree(sizes: readonly number[]) {
  const count = sizes.length + 1
  const bytes = Buffer.alloc(count * 2, 0)
  const table: FileTable = {
    scope: { kind: 'image' },
    count,
    parents: new Uint32Array(count),
    ends: Uint32Array.from({ length: count }, (_, row) => (row === 0 ? count : row + 1)),
    depths: new Uint16Array(count).fill(1),
    sizes: Float64Array.from([sizes.reduce((sum, size) => sum + size, 0), ...sizes]),
    changes: new Uint8Array(count),
    types: new Uint8Array(count),
    layers: new Uint16Array(count),
    paths: new Uint32Array(count),
    names: { bytes, folded: undefined, starts: Uint32Array.from({ length: count + 1 }, (_, row) => row * 2) },
    node: () => assert.fail('no node is needed for the map'),
  }
  return { stack: undefined as never, table, hidden: new Float64Array(count), litter: new Uint8Array(count), heavy: new Map() }
}
