import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ByteText } from '../../src/blob/byte-text.ts'
import { findInLayersSteps, KnownContents, layersSteps } from '../../src/check/engine/find-in-layers.ts'
import { RULES } from '../../src/check/engine/rules.ts'
import { NO_OWNERSHIP } from '../../src/check/ownership.ts'
import { databaseFiles } from '../../src/check/packages/database-files.ts'
import type { Documents, Rule } from '../../src/check/rule.ts'
import { sideOf } from '../../src/compare/compared-image.ts'
import { directoryGrowth } from '../../src/compare/directory-growth.ts'
import { findDifferences } from '../../src/compare/find-differences.ts'
import { growthByExtension, growthByLayer } from '../../src/compare/growth.ts'
import { selectRows } from '../../src/compare/selection.ts'
import { parseFilter } from '../../src/filter/filter.ts'
import { isFilterError } from '../../src/filter/filter-term.ts'
import type { Image } from '../../src/image/load.ts'
import type { Changeset } from '../../src/layer/changeset.ts'
import type { Xattr } from '../../src/layer/entry.ts'
import { nextSort } from '../../src/line/column-sort.ts'
import { compute, type Job } from '../../src/list/compute.ts'
import { EXPANDED } from '../../src/list/file-rows.ts'
import { BY_NAME, FILE_COLUMNS } from '../../src/list/file-sort.ts'
import { wasteList } from '../../src/list/ranking.ts'
import { buildStack, StackBuilder } from '../../src/overlay/apply.ts'
import { changeCounts } from '../../src/overlay/change-counts.ts'
import { Column, SmallColumn } from '../../src/overlay/column.ts'
import { finish, STEP, type Steps } from '../../src/overlay/steps.ts'
import type { Stack } from '../../src/overlay/tree.ts'
import { hiddenWithin } from '../../src/space/hiding-pairs.ts'
import { wasteSteps } from '../../src/space/waste.ts'
import { treeRows } from '../../src/state/compare/compare-tree.ts'
import { newComparison } from '../../src/state/model/compare.ts'
import { imageFixture } from '../kit/image/image-fixture.ts'
import { changesetFixture, type EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { openedState } from '../kit/state/opened-state.ts'

/** Entries of a shape: many steps, were one of them to take them all it would be seen. */
const MANY = 60_000
/** Looks at a column's cell that one entry, path or row of a step may cost. */
const LOOKS = 150
/** The same of one row of a tree that a key opens. */
const LOOKS_A_ROW = 30

/** Of an image whose documents say no more than that its first layer is a copy of all there was. */
const DOCUMENTS: Documents = {
  image: { ...(await loadEmpty()), steps: [{ layer: 0, history: { createdBy: 'COPY . /', emptyLayer: false }, aligned: true }] },
  reference: '',
  builder: 'other',
  baseLayers: 0,
  newerBase: undefined,
  now: 0,
}
/** Rules whose work depends on how the layers lie on each other; the others look at names. */
const RULES_OF_TREES = RULES.filter(({ id }) => /^(?:waste|repro|semantics)\//.test(id))
const KNOWLEDGE = { ownership: NO_OWNERSHIP, secrets: [], scans: [] }

async function loadEmpty(): Promise<Image> {
  const { image } = await openedState(imageFixture([]))
  assert.ok(image)
  return image.image
}

/** cap_net_raw, permitted and effective. */
const CAPABILITY: Xattr = ['security.capability' as ByteText, Buffer.from(`0100000200200000${'00'.repeat(12)}`, 'hex')]
const NAMES = ['.swp', '.DS_Store', 'tests', 'core', 'a.zip', 'a.pyc', 'xmrig', 'direct_url.json', '...', '.env'] as const
const DIRECTORIES = ['.', 'tmp', 'etc/cron.d', 'root', 'usr/lib', 'var/lib/dpkg/info', 'r/.git/objects'] as const

/** Paths that rules look at closer, by number. */
const RULES_LOOK_AT: Readonly<Record<string, (number: number) => string>> = {
  'files of telling names': number => `a${Math.floor(number / NAMES.length)}/${NAMES[number % NAMES.length]}`,
  'full directories of a meaning': number =>
    number < 2 ? `r/.git/${['HEAD', 'packed-refs'][number]}` : `${DIRECTORIES[number % DIRECTORIES.length]}/.${number}.json`,
}

/**
 * How long a key may have to wait is a matter of how much is done between two steps. It is counted here, not timed: every
 * look at a cell of the columns that stacks are made of.
 */
describe('no step of the work on layers grows with them', () => {
  let looks = 0
  const counted = [Column, SmallColumn].flatMap(({ prototype }) =>
    (['get', 'set'] as const).map(name => counting(prototype, name)),
  )
  function counting(prototype: { get(index: number): number; set(index: number, value: number): void }, name: 'get' | 'set') {
    const original = prototype[name]
    const put = (method: unknown) => Object.defineProperty(prototype, name, { value: method, configurable: true, writable: true })
    return {
      start: () =>
        put(function (this: unknown, ...values: [number, number]) {
          looks++
          return Reflect.apply(original, this, values)
        }),
      stop: () => put(original),
    }
  }
  before(() => {
    for (const each of counted) each.start()
  })
  after(() => {
    for (const each of counted) each.stop()
  })

  /** Does all steps; none may cost more looks than a step's worth of entries. */
  function finishCounted<Result>(what: string, steps: Steps<Result>, trees = 1): Result {
    for (let number = 1; ; number++) {
      looks = 0
      const step = steps.next()
      assert.ok(looks <= STEP * LOOKS * trees, `step ${number} of ${what} takes ${looks} looks`)
      if (step.done === true) return step.value
    }
  }

  for (const semantics of ['overlay', 'spec'] as const)
    for (const [name, layers] of Object.entries(shapes()))
      test(`${name}, ${semantics}`, () => {
        const builder = new StackBuilder(semantics)
        finishCounted('making room', builder.reserving(layers))
        for (const [index, layer] of layers.entries()) {
          finishCounted(`layer ${index}`, builder.appending(layer))
          finishCounted(`the counts of layer ${index}`, changeCounts(builder.stack().tree, index))
        }
        const stack = builder.stack()
        assert.ok(stack.snapshot(1).count >= MANY)
        const { hidden } = finishCounted('the ledger', wasteSteps(stack))
        looks = 0
        const pairs = hiddenWithin(stack, [...layers.keys()])
        assert.equal(looks, 0, 'the bytes that a range hides are known with the ledger')
        assert.equal(
          pairs.reduce((sum, { bytes }) => sum + bytes, 0),
          hidden,
        )
        for (const [what, job] of jobsOn(stack)) finishCounted(what, compute(job))
        finishRules(stack, RULES_OF_TREES)
      })

  /** All work of a check on layers. */
  function finishRules(stack: Stack, rules: readonly Rule[]): void {
    const inputs = finishCounted('the inputs of rules', layersSteps(DOCUMENTS, stack, KNOWLEDGE))
    const contents = new KnownContents()
    for (const rule of rules) finishCounted(`the wants of ${rule.id}`, contents.wantedSteps(inputs, [rule]))
    for (const rule of rules) finishCounted(rule.id, findInLayersSteps(inputs, contents, [rule]))
    for (const everything of [false, true]) finishCounted('files of package databases', databaseFiles(stack, { everything }))
  }

  for (const [name, path] of Object.entries(RULES_LOOK_AT))
    test(`rules, ${name}`, () => {
      const entry = (_: unknown, number: number): EntryFixture => ({
        type: 'file',
        path: path(number),
        // Each is told of for its attributes, too.
        mode: 0o6777,
        size: 1000,
        content: `${number % 10}`,
        xattrs: number < 2000 ? [CAPABILITY] : [],
      })
      finishRules(buildStack([changesetFixture(Array.from({ length: MANY }, entry))], 'overlay'), RULES)
    })

  for (const [name, b] of Object.entries(nextBuilds()))
    test(`a comparison, ${name}`, () => {
      const [before, after] = [buildStack([files(number => `d/${scattered(number)}`)], 'overlay'), buildStack([b], 'overlay')]
      const [mine, theirs] = [before.snapshot(1), after.snapshot(1)]
      const selection = finishCounted('the selection', selectRows(finishCounted('the rows', findDifferences(mine, theirs), 2)), 2)
      const directories = finishCounted('the sums', directoryGrowth(selection), 2)
      finishCounted('a side', sideOf({ ...NO_TREES, snapshot: mine }))
      finishCounted('growth by layer', growthByLayer(selection), 2)
      finishCounted('growth by ending', growthByExtension(selection), 2)
      const rows = { rows: selection.rows, directories } as Parameters<typeof treeRows>[0]
      for (const unchanged of [false, true]) {
        looks = 0
        const shown = treeRows(rows, { ...newComparison(PLACE, PLACE), open: new Set(['d']), listed: new Set(['d']), unchanged })
        assert.ok(shown.length > 1000 && shown.length < 6000, `${shown.length} rows of ${MANY} are made`)
        assert.ok(looks <= shown.length * LOOKS_A_ROW, `opening the directory takes ${looks} looks`)
      }
    })
})

const NO_TREES = { reference: 'an image', image: DOCUMENTS.image, layers: [] } as const
const PLACE = { image: 'shown', layers: undefined, label: 'an image' } as const

/** The fates of a directory with many files, by what it does to a comparison. */
function nextBuilds(): Readonly<Record<string, Changeset>> {
  return {
    'all of another size': files(
      number => `d/${number}`,
      number => number % 977,
    ),
    'all of another owner': changesetFixture(
      Array.from(
        { length: MANY },
        (_, number): EntryFixture => ({ type: 'file', path: `d/${number}`, size: number, content: `${number}`, uid: 7 }),
      ),
    ),
    'all gone, others there': files(number => `d/new-${number}`),
  }
}

/** By what is large in them. */
function shapes(): Readonly<Record<string, readonly Changeset[]>> {
  return {
    'one directory with everything in it': [files(number => `d/${scattered(number)}`)],
    'a whiteout of everything': [files(number => `d/${number}`), changesetFixture([{ type: 'whiteout', path: 'd' }])],
    'a whiteout of a tree': [
      files(number => `d/${number % 100}/${number}`),
      changesetFixture([{ type: 'whiteout', path: 'd' }]),
      files(number => `d/${number}`),
    ],
    'an opaque directory over everything': [
      files(number => `d/${number}`),
      changesetFixture([
        { type: 'opaque', path: 'd' },
        { type: 'file', path: 'd/new', size: 1 },
      ]),
    ],
    'a file in the place of a directory': [
      files(number => `d/${number}`),
      changesetFixture([{ type: 'file', path: 'd', size: 1 }]),
    ],
    'everything written again': [files(number => `d/${number}`), files(number => `d/${scattered(number)}`)],
    // Five directories to a file, which are as many nodes as the other shapes have.
    'directories that no entry lists': [files(number => `${number}/${'a/'.repeat(4)}b`, undefined, MANY / 6)],
  }
}

function* jobsOn(stack: Stack): Generator<[what: string, job: Job]> {
  const filter = parseFilter('1', 0)
  assert.ok(!isFilterError(filter))
  const last = stack.changesets.length - 1
  const files = { kind: 'files', stack, table: undefined, filter: undefined, within: undefined } as const
  const view = { expansion: EXPANDED, sort: BY_NAME, hideUnchanged: false, unfolded: undefined }
  yield ['the whole image', { ...files, scope: { kind: 'image' }, view }]
  yield ['a filtered list', { ...files, scope: { kind: 'image' }, view, filter }]
  yield ['the tree up to a layer', { ...files, scope: { kind: 'upto', layer: last }, view: { ...view, hideUnchanged: true } }]
  yield ['one layer alone', { ...files, scope: { kind: 'layer', layer: last }, view }]
  for (let sort = nextSort(FILE_COLUMNS, BY_NAME); sort.column !== 'name'; sort = nextSort(FILE_COLUMNS, sort))
    yield [`the list by ${sort.column}`, { ...files, scope: { kind: 'image' }, view: { ...view, sort, unfolded: new Set() } }]
  yield ['the biggest files', { kind: 'biggest', stack, filter: undefined }]
  yield ['the hidden files', { kind: 'waste', stack, filter }]
  const tree = { kind: 'waste-tree', list: finish(wasteList(stack, undefined)), tree: undefined } as const
  yield ['the tree of hidden files', { ...tree, sort: { column: 'files', descending: true }, expansion: EXPANDED }]
  yield ['the tree of hidden files as at first', { ...tree, sort: { column: 'size', descending: true }, expansion: undefined }]
  yield ['the weights', { kind: 'weigh', stack, scope: { kind: 'image' }, table: undefined }]
  yield ['the litter', { kind: 'litter', stack }]
  yield ['the story', { kind: 'story', stack }]
}

function files(path: (number: number) => string, size = (number: number) => number, count = MANY): Changeset {
  const file = (number: number): EntryFixture => ({ type: 'file', path: path(number), size: size(number), content: `${number}` })
  return changesetFixture(Array.from({ length: count }, (_, number) => file(number)))
}

/** The same numbers in an order that looks like none. */
function scattered(number: number): number {
  return (number * 7919) % MANY
}
