import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromRaw, toRaw } from '../../src/image/raw-json.ts'
import { rebaseConfig } from '../../src/make/rebase-config.ts'
import { fc } from '../kit/seeded-check.ts'

type Container = {
  readonly User?: string
  readonly Cmd?: readonly string[] | null
  readonly Env?: readonly string[]
  readonly Labels?: Readonly<Record<string, string>>
}
type Config = { readonly os?: string; readonly architecture?: string; readonly config?: Container; readonly other?: number }

function rebased(image: Config, old: Config, next: Config): { config: Config; keys: readonly string[] } {
  const { config, conflicts } = rebaseConfig(toRaw(image), toRaw(old), toRaw(next))
  return { config: fromRaw(config) as Config, keys: conflicts.flatMap(each => ('key' in each ? [each.key] : [])) }
}

const value = fc.constantFrom(undefined, 'one', 'two', 'three')
const container = fc.record({ user: value, cmd: value, a: value, b: value, label: value }).map(
  ({ user, cmd, a, b, label }): Config => ({
    config: {
      ...(user !== undefined && { User: user }),
      ...(cmd !== undefined && { Cmd: [cmd] }),
      ...((a !== undefined || b !== undefined) && {
        Env: [...(a === undefined ? [] : [`A=${a}`]), ...(b === undefined ? [] : [`B=${b}`])],
      }),
      ...(label !== undefined && { Labels: { l: label } }),
    },
  }),
)

/** Every value of a config, by a name of its own. */
function flat({ config }: Config): Readonly<Record<string, string | undefined>> {
  const variable = (name: string) => config?.Env?.find(each => each.startsWith(`${name}=`))
  return { user: config?.User, cmd: config?.Cmd?.[0], a: variable('A'), b: variable('B'), label: config?.Labels?.['l'] }
}

test('every value is the new base’s where the image has the old one’s, else the image’s own', () => {
  fc.assert(
    fc.property(container, container, container, (image, old, next) => {
      const { config, keys } = rebased(image, old, next)
      const [mine, was, is, now] = [flat(image), flat(old), flat(next), flat(config)]
      let changed = 0
      for (const name of Object.keys(mine)) {
        assert.equal(now[name], mine[name] === was[name] ? is[name] : mine[name], name)
        if (was[name] !== is[name] && mine[name] !== is[name]) changed++
      }
      assert.equal(keys.length, changed, 'every value that the base changed is told, unless the image has it already')
    }),
    { numRuns: 500 },
  )
})

test('a base that did not change changes nothing, and an image without changes of its own becomes the new base', () => {
  fc.assert(
    fc.property(container, container, (one, other) => {
      assert.deepEqual(rebased(one, other, other).config, one)
      assert.deepEqual(flat(rebased(one, one, other).config), flat(other))
    }),
  )
})

test('labels, ports and volumes are merged name by name: each of the image’s own stays, each of the base’s becomes the new one', () => {
  for (const field of ['Labels', 'ExposedPorts', 'Volumes']) {
    const set = (...names: string[]) => ({ config: { [field]: Object.fromEntries(names.map(name => [name, {}])) } }) as Config
    const { config, keys } = rebased(set('own', 'old'), set('old'), set('new'))
    assert.deepEqual(config, set('own', 'new'), field)
    assert.deepEqual(keys.toSorted(), [`config.${field}.new`, `config.${field}.old`])
  }
})

test('the platform is the new base’s, null is absent, unknown fields stay', () => {
  const { config, keys } = rebased(
    { os: 'linux', architecture: 'amd64', other: 7, config: { Cmd: null } },
    { os: 'linux', config: {} },
    { os: 'linux', architecture: 'arm64', config: { Cmd: ['sh'] } },
  )
  assert.deepEqual(config, { os: 'linux', architecture: 'arm64', other: 7, config: { Cmd: ['sh'] } })
  assert.deepEqual(keys, ['config.Cmd'])
})

test('variables keep the new base’s order, then the image’s own come', () => {
  const { config } = rebased(
    { config: { Env: ['PATH=/app', 'OWN=1', 'V=1'] } },
    { config: { Env: ['PATH=/bin', 'V=1'] } },
    { config: { Env: ['V=2', 'NEW=x', 'PATH=/usr/bin'] } },
  )
  assert.deepEqual(config.config?.Env, ['V=2', 'NEW=x', 'PATH=/app', 'OWN=1'])
})
