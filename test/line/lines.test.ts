import { test } from 'node:test'
import { clickedSort, columnHeads, headsWithLast, nextSort, sortNote } from '../../src/line/column-sort.ts'
import { type Motion, move, scroll, settle } from '../../src/line/cursor.ts'
import { fact, factRows, heading } from '../../src/line/facts.ts'
import { clickAt, cutLine, type Line, line, span, spread, wrapLine } from '../../src/line/line.ts'
import { type RibbonPart, ribbon, ribbonBar, ribbonLegend } from '../../src/line/ribbon.ts'
import { squarify } from '../../src/line/squarify.ts'
import { bar, cut, cutMiddle, cutPath, padEnd, padStart, prefix, suffix, widthOf, wrap } from '../../src/line/text.ts'
import { layerTint } from '../../src/line/tint.ts'
import { assertGolden } from '../kit/golden-text.ts'

const marked = (spans: Line) =>
  spans
    .map(
      ({ text, role, fore, click }) =>
        `<${role}${fore === undefined ? '' : ` ${fore}`}${click === undefined ? '' : ' click'}:${text}>`,
    )
    .join('')
const upTo = (count: number, step = 1) => Array.from({ length: Math.floor(count / step) + 1 }, (_, index) => index * step)

test('texts in every width: cut, padded, wrapped, their starts and ends', () => {
  const text: string[] = []
  for (const each of ['', 'short', 'two words and three', 'usr/share/doc/x/a.txt', '/a/b', '漢字かな', 'é̂😀x'])
    for (const width of upTo(14)) {
      const cuts = [cut, cutMiddle, cutPath, padEnd, padStart, prefix, suffix].map(make => `[${make(each, width)}]`)
      text.push(`${width} ${widthOf(each)} ${cuts.join(' ')} ${JSON.stringify(wrap(each, width))}`)
    }
  assertGolden('text-widths.txt', text.join('\n'))
})

test('lines in every width: cut, wrapped, spread to two ends, clicked', () => {
  const click = { command: 'go' }
  const spans = line(span('name', 'strong'), '  ', { ...span('a longer text', 'dim'), click }, span('漢字', 'error'))
  const text: string[] = []
  for (const width of upTo(24)) {
    text.push(`${width} cut ${marked(cutLine(spans, width))}`)
    if (width > 2) text.push(`${width} wrapped ${wrapLine(spans, width, 2).map(marked).join(' / ')}`)
    text.push(`${width} spread ${marked(spread(spans, line(span('end', 'accent')), width))}`)
    text.push(
      `${width} spread alone ${marked(spread(line(span('a › b')), [], width))}, click ${clickAt(spans, width)?.command ?? ''}`,
    )
  }
  assertGolden('line-widths.txt', text.join('\n'))
})

test('bars, ribbons and rectangles in every size', () => {
  const text: string[] = []
  for (const ascii of [false, true])
    for (const cells of [1, 2, 5])
      text.push(
        `bar ${cells} ${upTo(1.05, 1 / 20)
          .map(share => `[${bar(share, cells, ascii)}]`)
          .join('')}[${bar(-1, cells, ascii)}]`,
      )
  const part = (index: number, bytes: number, hidden = 0, litter = 0): RibbonPart => ({
    ...{ label: `layer ${index}`, bytes, hidden, litter, tint: layerTint(index) },
    ...(index === 1 && { click: { command: 'go' } }),
  })
  const ribbons: readonly (readonly RibbonPart[])[] = [
    [part(0, 100, 50), part(1, 30, 1, 10), part(2, 1)],
    [part(0, 0), part(1, 0)],
    Array.from({ length: 9 }, (_, index) => part(index, 10 * index, index, index)),
    [part(0, 1000, 21, 19), part(1, 1000, 20, 1000)],
  ]
  for (const parts of ribbons)
    for (const width of [4, 7, 20, 40])
      for (const ascii of [false, true]) {
        const [labels, shades] = ribbon(parts, width, ascii)
        text.push(`ribbon ${width} ${marked(labels)} ${marked(shades)}`)
      }
  for (const cells of [0, 1, 6])
    for (const bytes of [0, 1, 50, 100, 200])
      text.push(`part ${cells} ${bytes} ${marked(ribbonBar(part(1, bytes, bytes / 2), 100, cells, bytes > 100))}`)
  text.push(marked(ribbonLegend(false)), marked(ribbonLegend(true)), upTo(7).map(layerTint).join(' '))
  for (const weights of [[1], [6, 6, 4, 3, 2, 2, 1], [5, 0, 0], [0, 0], [1, 1, 1, 1, 1], [100, 1]])
    for (const [width, height, step] of [
      [6, 4, 1],
      [30, 10, 2],
      [1, 8, 2],
    ] as const)
      text.push(
        `squares ${weights} ${squarify(weights, { x: 2, y: 4, width, height }, step)
          .map(each => `${each.x},${each.y} ${each.width}x${each.height}`)
          .join(' | ')}`,
      )
  assertGolden('pictures.txt', text.join('\n'))
})

test('cursors after every motion, scrolled and made valid', () => {
  const motions: readonly Motion[] = ['up', 'down', 'page-up', 'page-down', 'half-up', 'half-down', 'first', 'last']
  const text: string[] = []
  for (const [length, height] of [
    [0, 5],
    [1, 1],
    [3, 5],
    [20, 7],
    [20, 2],
    [20, 1],
  ] as const)
    for (const cursor of [
      { index: 0, top: 0 },
      { index: 9, top: 6 },
      { index: 9, top: 9 },
      { index: 19, top: 13 },
      { index: 30, top: 40 },
    ]) {
      const moved = [
        ...motions.map(motion => move(cursor, motion, length, height)),
        ...[-3, 1, 99].map(rows => scroll(cursor, rows, length, height)),
        settle(cursor, length, height),
      ]
      text.push(
        `${length} ${height} ${cursor.index}/${cursor.top}: ${moved.map(({ index, top }) => `${index}/${top}`).join(' ')}`,
      )
    }
  assertGolden('cursors.txt', text.join('\n'))
})

test('heads of columns, sorts and facts', () => {
  const columns = [
    { column: 'size', descending: true, first: 'the largest' },
    { column: 'name', descending: false, first: 'the last' },
  ] as const
  const text: string[] = []
  for (const column of ['size', 'name'] as const)
    for (const descending of [true, false]) {
      const sort = { column, descending }
      text.push(
        sortNote(columns, sort),
        JSON.stringify([
          nextSort(columns, sort),
          ...['size', 'name', 'other', undefined].map(clicked => clickedSort(columns, sort, clicked)),
        ]),
      )
      const head = columnHeads<'size' | 'name'>(sort, 'sort-by')
      for (const cells of [0, 3, 8])
        text.push(
          `${cells} ${marked([head({ column: 'size', cells }), head({ column: 'size', cells, right: true, gap: 2 }), head({ column: 'name', text: 'n', cells })])}`,
        )
      for (const width of [5, 12, 30]) {
        text.push(`${width} ${marked(headsWithLast(line('before'), { column: 'name', text: 'path' }, sort, 'sort-by', width))}`)
        text.push(
          `${width} ${marked(headsWithLast([head({ column: 'size', cells: 6 })], { column: 'name' }, sort, 'sort-by', width))}`,
        )
      }
    }
  const facts = [
    fact('name', 'value'),
    fact('a longer name than most', 'x'.repeat(30), { role: 'error', short: 'short' }),
    fact('link', 'https://h.test/a'),
    heading('Heading'),
    fact('two', 'lines\nof it', { link: 'https://h.test' }),
    fact('a name of eighteen', 'words that go on in the next row'),
  ]
  for (const width of [16, 30, 60])
    for (const { line: each, subject } of factRows(facts, width))
      text.push(`${width} ${subject.name} ${marked(each)} ${each.map(({ link }) => link ?? '').join('')}`)
  assertGolden('heads-and-facts.txt', text.join('\n'))
})
