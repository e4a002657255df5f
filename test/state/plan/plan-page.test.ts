import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Finding } from '../../../src/check/finding.ts'
import type { FilePath } from '../../../src/layer/file-path.ts'
import { plainText } from '../../../src/line/line.ts'
import type { Effect } from '../../../src/state/model/effect.ts'
import type { State } from '../../../src/state/model/state.ts'
import { sumOf } from '../../../src/state/plan/plan-sum.ts'
import { layout, paneLines } from '../../../src/state/shell/pane.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { SUMMARY } from '../../kit/rebuild/rebuild-summary.ts'
import { openedState, play as playBare } from '../../kit/state/opened-state.ts'
import { readImageState } from '../../kit/state/read-image-state.ts'

const file = (bytes: number) => ({ content: 'x'.repeat(bytes) })
const layers = [
  layerFixture({ a: file(10_000), 'var/cache/apt/x.deb': file(4000) }, { compression: 'none' }),
  layerFixture({ a: file(30_000), key: file(40) }, { compression: 'none' }),
]

const finding = (id: string, path: string, bytes: number, more: Partial<Finding> = {}): Finding => ({
  id,
  severity: 'warning',
  layer: 0,
  hiddenBy: null,
  path: path as FilePath,
  bytes,
  hiddenBytes: 0,
  title: `found ${id}`,
  detail: '',
  fix: '',
  inBase: false,
  fingerprint: id,
  evidence: {},
  ...more,
})

const FOUND = [
  finding('waste/package-cache', 'var/cache/apt', 4000),
  finding('secret/private-key', 'key', 40, { severity: 'error', edits: [{ type: 'remove', path: 'key' }] }),
]

async function planned(): Promise<{ state: State; play: (state: State, ...keys: string[]) => State }> {
  const { state, play } = await readImageState(layers)
  return { state: play(state, { type: 'checked', id: 'shown', findings: FOUND, texts: new Map(), isWhole: true }, 's'), play }
}

function screenOf(state: State): readonly string[] {
  const [area] = layout(state).panes
  return paneLines(state, area ?? assert.fail()).map(({ spans }) => plainText(spans).trimEnd())
}

const edits = (state: State) => state.slices.plan?.plan.edits ?? []
const rowWith = (state: State, text: RegExp) => screenOf(state).find(row => text.test(row)) ?? ''

/** The cursor on the row that has the text. */
function goTo(state: State, play: (state: State, ...keys: string[]) => State, text: RegExp): State {
  let now = play(state, 'g')
  for (let moves = 0; moves < 20 && !text.test(screenOf(now).find(row => row.startsWith(' >')) ?? ''); moves++)
    now = play(now, 'j')
  return now
}

describe('the page of the plan', () => {
  test('the sum is in the title, and two ribbons show the layers now and after on one scale', async () => {
    const { state } = await planned()
    const [title = '', now = '', after = ''] = screenOf(state)
    assert.match(title, /SQUASH .* 4\d\.\d kB → ~3\d\.\d kB {2}−2\d % {3}estimated/)
    assert.match(now, /now {3}.*4\d\.\d kB {2}2 layers$/)
    assert.match(after, /after .*3\d\.\d kB {2}1 layer$/)
    const length = (row: string) => /[░▒█]+/.exec(row)?.[0].length ?? 0
    assert.ok(Math.abs(length(after) / length(now) - 36 / 46) < 0.06, `${length(now)} and ${length(after)}`)
    assert.match(now, /█/)
    assert.doesNotMatch(after, /█/)
  })

  test('hidden bytes, litter and secrets have check boxes; Space takes one out, again leaves it in, u undoes it', async () => {
    const { state, play } = await planned()
    assert.match(rowWith(state, /hidden in/), /\[x\] +10\.0 kB {2}hidden in layers 1–2/)
    assert.match(rowWith(state, /private-key/), /\[ \] +40 B {2}found secret\/private-key {2}\/key/)
    assert.match(rowWith(state, /package-cache/), /\[ \] +4\.00 kB {2}found waste\/package-cache/)
    const on = play(goTo(state, play, /package-cache/), 'space')
    assert.match(rowWith(on, /package-cache/), /\[x\]/)
    assert.ok(edits(on).some(({ type }) => type === 'remove'))
    assert.deepEqual(edits(play(on, 'space')), edits(state))
    assert.deepEqual(edits(play(on, 'u')), edits(state))
    const unsquashed = play(goTo(on, play, /hidden in/), 'space')
    assert.ok(!edits(unsquashed).some(({ type }) => type === 'squash'))
  })

  test('bytes of litter that leave with the squashed layers are counted once: a check box tells what leaves by it besides', async () => {
    const { state, play } = await readImageState(layers)
    const findings = [
      finding('waste/bytecode', 'usr', 6000, { hiddenBytes: 5000 }),
      finding('waste/package-cache', 'a', 4000, { hiddenBy: 1, hiddenBytes: 4000 }),
    ]
    const seen = play(state, { type: 'checked', id: 'shown', findings, texts: new Map(), isWhole: true }, 's')
    assert.equal(rowWith(seen, /package-cache/), '')
    assert.match(rowWith(seen, /bytecode/), /\[ \] +1\.00 kB {2}found waste\/bytecode/)
    assert.match(rowWith(play(goTo(seen, play, /bytecode/), 'space'), /LEAVES/), /LEAVES {2}11\.0 kB of files/)
    const unsquashed = play(goTo(seen, play, /hidden in/), 'space')
    assert.match(rowWith(unsquashed, /bytecode/), /\[ \] +6\.00 kB/)
    assert.match(rowWith(unsquashed, /package-cache/), /\[ \] +4\.00 kB/)
  })

  test('a secret that a later layer hides leaves with a squash of its layers: ticked where the plan has one, else Space adds it', async () => {
    const three = await readImageState([
      layerFixture({ a: file(1000), env: file(21) }),
      layerFixture({ '.wh.env': '' }),
      layerFixture({ b: file(1000) }),
      layerFixture({ b: file(2000) }),
    ])
    const hidden = finding('secret/aws-key', 'env', 21, { severity: 'error', hiddenBy: 1, hiddenBytes: 21 })
    const seen = three.play(three.state, { type: 'checked', id: 'shown', findings: [hidden], texts: new Map(), isWhole: true })
    const all = three.play(seen, 's')
    assert.match(rowWith(all, /aws-key/), /\[x\] +21 B {2}found secret\/aws-key {2}\/env, layer 1/)
    const kept = three.play(goTo(all, three.play, /aws-key/), 'space')
    assert.deepEqual(edits(kept), edits(all))
    assert.match(kept.message?.text ?? '', /leaves with the layers that are squashed/)
    const other = three.play(seen, '1', 'j', 'j', 'space', 'j', 'space', 's')
    assert.deepEqual(edits(other), [{ type: 'squash', from: 2, to: 3 }])
    assert.match(rowWith(other, /aws-key/), /\[ \]/)
    const both = three.play(goTo(other, three.play, /aws-key/), 'space')
    assert.deepEqual(edits(both), [
      { type: 'squash', from: 0, to: 1 },
      { type: 'squash', from: 2, to: 3 },
    ])
    assert.match(rowWith(both, /aws-key/), /\[x\]/)
    assert.deepEqual(edits(three.play(goTo(both, three.play, /aws-key/), 'space')), edits(other))
  })

  test('one key takes out all litter and no secret, again it stays', async () => {
    const { state, play } = await planned()
    const out = play(state, '*')
    assert.match(rowWith(out, /package-cache/), /\[x\]/)
    assert.match(rowWith(out, /private-key/), /\[ \]/)
    assert.deepEqual(edits(play(out, '*')), edits(state))
  })

  test('a measured plan says so, and what it costs', async () => {
    const { state } = await planned()
    const layer = { positions: [0, 1], action: 'write', before: 46_000, after: 35_000 } as const
    const summary = { ...SUMMARY, layers: [layer], before: 46_000, after: 35_000, lostSharing: 12_000 }
    const [measured] = playBare(state, { type: 'rebuilt', tag: 'measure', summary })
    assert.match(screenOf(measured)[0] ?? '', /46\.0 kB → 35\.0 kB {2}−24 % {3}measured/)
    assert.match(screenOf(measured).join('\n'), /costs 12\.0 kB of layers no longer shared/)
  })

  test('the figures are those of the destination: where it holds tars, theirs, and no compression', async () => {
    const { state } = await planned()
    const [plan, image] = [state.slices.plan ?? assert.fail(), state.image ?? assert.fail()]
    const summary = { ...SUMMARY, before: 100, after: 50, tarSaved: 1000 }
    const at = (destination: string) => {
      const { isWithoutRemovals, ...sum } = sumOf(image, { ...plan, destination, measured: summary })
      assert.equal(isWithoutRemovals, false)
      return sum
    }
    assert.deepEqual(at('oci:out'), { before: 100, after: 50, basis: 'measured', isUnpacked: false })
    const tars = layers.reduce((sum, { tar }) => sum + tar.length, 0)
    assert.deepEqual(at('docker-archive:out.tar'), { before: tars, after: tars - 1000, basis: 'measured', isUnpacked: true })
    const [typed] = [{ ...state, slices: { ...state.slices, plan: { ...plan, destination: 'docker-archive:out.tar' } } }]
    assert.match(screenOf(typed).join('\n'), /not compressed\n.*compression does not apply/s)
  })

  test('runs of layers that one thing happens to are one row, and can be unfolded', async () => {
    const many = imageFixture(Array.from({ length: 20 }, (_, at) => layerFixture({ [`f${at}`]: 'x' })))
    const [state] = playBare(await openedState(many), '1', 'space', ...'jjjjjjjjjj', 'V', 's')
    assert.match(screenOf(state).join('\n'), / 1–11 .*→.*squashed: 11 layers into one\n[^\n]* 12–20 .*9 layers, kept/)
    const [unfolded] = playBare(state, 'right')
    assert.match(screenOf(unfolded).join('\n'), /> +1 .*\n +2 .*\n +3 /)
  })

  test('r measures at once, on half of the cores, and stops; the figures stay estimated until the plan changes', async () => {
    const { state, play } = await planned()
    const measures = (effects: readonly Effect[]) =>
      effects.flatMap((effect): readonly unknown[] =>
        effect.type === 'rebuild' ? [effect.atOnce] : effect.type === 'abort' ? [effect.key] : [],
      )
    const [begun, effects] = playBare(state, 'r')
    assert.deepEqual(measures(effects), [true])
    const step = { phase: 'writing', done: 34, total: 100, secondsLeft: 5 } as const
    const [running] = playBare(begun, { type: 'rebuild-step', tag: 'measure', step })
    assert.match(screenOf(running)[0] ?? '', /→ oci:.* 49\.2 kB → .* measuring 2\/2 34 %/)
    assert.match(screenOf(running).join('\n'), /after .*gzip · on half the cores\n/)
    const [wide] = playBare({ ...running, size: { columns: 160, rows: 40 } })
    assert.match(rowWith(wide, /SQUASH/), /measuring 2\/2 compressing 34 % on half the cores/)
    const [stopped, more] = playBare(running, 'r')
    assert.deepEqual(measures(more), ['rebuild:measure'])
    assert.match(screenOf(stopped)[0] ?? '', /estimated/)
    assert.deepEqual(measures(playBare(stopped, '*')[1]), [undefined])
    assert.deepEqual(measures(playBare(stopped, 'r')[1]), [true])
    const [again, rest] = playBare(play(stopped, 'escape'), 's')
    assert.deepEqual([measures(rest), again.slices.plan?.run.kind], [[undefined], 'measuring'])
    const [measured] = playBare(again, { type: 'rebuilt', tag: 'measure', summary: SUMMARY })
    assert.match(playBare(measured, 'r')[0].message?.text ?? '', /are measured/)
  })

  test('before it is measured, what removals save is not told as a figure', async () => {
    const { state, play } = await planned()
    const removing = play(goTo(state, play, /package-cache/), 'space')
    assert.match(screenOf(removing)[0] ?? '', /kB → ~3\d\.\d kB less removals {3}estimated/)
    const many = await readImageState(Array.from({ length: 9 }, (_, index) => layerFixture({ [`a${index}`]: file(9000) })))
    const marked = many.play(many.state, '2', 'j', 'space', 's')
    assert.equal(marked.slices.plan?.plan.edits.length, 1)
    const shown = screenOf(marked)
    assert.match(shown[0] ?? '', /→ ~.* less removals/)
    assert.match(shown.join('\n'), /after .* ~\d+.*B {2}9 layers\n/)
    assert.match(shown.join('\n'), /1–9 .*→ +~.* {2}9 layers, kept, except removed files/)
    const [measured] = playBare(removing, { type: 'rebuilt', tag: 'measure', summary: SUMMARY })
    assert.doesNotMatch(screenOf(measured).join('\n'), /less removals|~/)
  })

  test('each change is measured after the one before it was given up', async () => {
    const { state } = await planned()
    const [, effects] = playBare(state, '*')
    const measures = effects.filter((effect): effect is Extract<Effect, { type: 'rebuild' }> => effect.type === 'rebuild')
    assert.deepEqual(
      measures.map(({ tag, destination }) => [tag, destination]),
      [['measure', undefined]],
    )
  })
})
