import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cleanPath } from '../../../src/layer/file-path.ts'
import { removalOf, removedPath } from '../../../src/rebuild/edit.ts'
import type { State } from '../../../src/state/model/state.ts'
import { compressEdit, destinationProblem, parseTypedTime, timeProblem } from '../../../src/state/plan/parse-typed.ts'
import { settingOffers, settingProblem } from '../../../src/state/plan/plan-settings.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

const container = {
  Env: ['PATH=/bin', 'A=b=c', 'EVIL=\u001b[2J'],
  User: 'app',
  Cmd: ['sh', '-c', 'x'],
  ExposedPorts: { '80/tcp': {} },
  Labels: { 'a.b': 'c' },
  Healthcheck: { Test: ['CMD', 'true'], Interval: 5 },
}
const fixture = imageFixture([layerFixture({ a: '1' }), layerFixture({ b: '2' })], {
  config: { config: container, created: '2024-05-06T07:08:09Z' },
  manifest: { annotations: { note: 'x' } },
})
const planned = async () => play(await openedState(fixture), 's')[0]
const edits = (state: State) => state.slices.plan?.plan.edits.filter(({ type }) => type !== 'squash')

describe('edits from the plan', () => {
  test('settings are offered as they are, what must not be shown is not; changes of the plan count', async () => {
    const state = await planned()
    const now = (plan = state.slices.plan?.plan ?? { edits: [] }) => settingOffers(state, plan, '')
    assert.deepEqual(now().slice(0, 8), [
      'env.PATH=/bin',
      'env.A=b=c',
      'label.a.b=c',
      'annotation.note=x',
      'user=app',
      'cmd=["sh","-c","x"]',
      'ports=80/tcp',
      'healthcheck={"Test":["CMD","true"],"Interval":5}',
    ])
    assert.ok(now().includes('stopsignal=') && now().includes('workdir='))
    const changed = now({
      edits: [
        { type: 'set', setting: 'user=root' },
        { type: 'set', setting: 'env.A=' },
      ],
    })
    assert.ok(changed.includes('user=root') && !changed.some(each => each.startsWith('env.A')))
    assert.deepEqual(settingOffers(state, { edits: [] }, 'env.P'), ['env.PATH=/bin'])
  })

  test('every setting can be picked from a menu that says what it is now', async () => {
    const [menu] = play(await planned(), ',')
    const items = menu.dialog?.type === 'choose' ? menu.dialog.items : []
    assert.equal(items.length, 11)
    assert.deepEqual(
      items.filter(({ argument }) => /^(?:user|env|stop)/.test(argument ?? '')).map(({ label, argument }) => [label, argument]),
      [
        ['Environment   3', 'env.'],
        ['User          app', 'user=app'],
        ['Stop signal   not set', 'stopsignal='],
      ],
    )
    const [asked] = play(menu, { type: 'chosen', command: 'plan.set-one', argument: 'user=app' })
    const [set] = play(asked, 'backspace', 'x', 'enter')
    assert.deepEqual(edits(set), [{ type: 'set', setting: 'user=apx' }])
    assert.deepEqual(edits(play(set, 'u')[0]), [])
  })

  test('what is wrong with a setting is said while it is typed', async () => {
    assert.equal(settingProblem('user=x'), undefined)
    assert.equal(settingProblem(''), undefined)
    assert.match(settingProblem('colour=x') ?? '', /^there is no key/)
    assert.match(settingProblem('cmd=sh') ?? '', /JSON array/)
    const [wrong] = play(await planned(), { type: 'command', command: 'plan.set' }, 'x', 'enter')
    assert.equal(wrong.dialog?.type === 'prompt' && wrong.dialog.error !== undefined, true)
  })

  test('times are days, moments or seconds; the day the image was made is offered', async () => {
    assert.equal(parseTypedTime('1700000000'), 1_700_000_000)
    assert.equal(parseTypedTime('2024-01-31'), Date.UTC(2024, 0, 31) / 1000)
    assert.equal(parseTypedTime('2024-01-31 10:00'), Date.UTC(2024, 0, 31, 10) / 1000)
    assert.equal(parseTypedTime('2024-01-31T10:00:30+01:00'), Date.UTC(2024, 0, 31, 9, 0, 30) / 1000)
    for (const text of ['2024-13-01', 'soon', '2024', '']) assert.notEqual(parseTypedTime(text), parseTypedTime('0'), text)
    assert.equal(timeProblem(''), undefined)
    assert.match(timeProblem('soon') ?? '', /2024-01-31/)
    const [clamped] = play(await planned(), { type: 'command', command: 'plan.times' }, 'enter')
    assert.deepEqual(edits(clamped), [{ type: 'clamp-times', to: Date.UTC(2024, 4, 6) / 1000 }])
  })

  test('compression is what the menu says', () => {
    assert.deepEqual(compressEdit('gzip'), { type: 'compress', compression: 'gzip' })
    assert.deepEqual(compressEdit('zstd:19'), { type: 'compress', compression: 'zstd', level: 19 })
    assert.deepEqual(compressEdit('none every'), { type: 'compress', compression: 'none', every: true })
  })

  test('what is wrong with a destination is said while it is typed; a kind alone is not wrong yet', async () => {
    for (const text of [
      '',
      'oci:',
      'docker://',
      'oci:./out:latest',
      'out.tar',
      'docker://registry.example/app:1',
      'docker-daemon:app:1',
    ])
      assert.equal(destinationProblem(text), undefined, text)
    assert.equal(destinationProblem('docker://registry.example/App'), 'a repository name is lower-case')
    assert.match(destinationProblem('-') ?? '', /standard output/)
    const [wrong] = play(await planned(), 'i', 'ctrl-u', '-', 'enter')
    assert.equal(wrong.dialog?.type === 'prompt' && wrong.dialog.error !== undefined, true)
    assert.equal(wrong.slices.plan?.destination, 'oci:./app-squashed:1')
  })

  test('a filter that is none is said while it is typed', async () => {
    const [wrong] = play(await planned(), '-', '>', '1', 'Q', 'enter')
    assert.equal(wrong.dialog?.type === 'prompt' && wrong.dialog.error !== undefined, true)
    const [right] = play(wrong, 'backspace', 'M', 'enter')
    assert.deepEqual(edits(right), [{ type: 'remove', match: '>1M' }])
  })

  test('a marked name that is not UTF-8 is removed by its bytes', () => {
    const latin = cleanPath(Buffer.from('etc/caf\xe9', 'latin1'))
    const edit = removalOf(latin)
    assert.deepEqual(edit, { type: 'remove', pathBase64: Buffer.from('etc/caf\xe9', 'latin1').toString('base64') })
    assert.equal(removedPath(edit), latin)
    assert.deepEqual(removalOf(cleanPath(Buffer.from('etc/café'))), { type: 'remove', path: 'etc/café' })
  })
})
