import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { rawJson, rawJsonBytes } from '../../src/image/raw-json.ts'
import { applySetting, formatSetting, parseSetting } from '../../src/rebuild/setting.ts'

const CONFIG = {
  User: '1:2',
  ExposedPorts: { '80/tcp': {} },
  Env: ['PATH=/bin', 'A=1', 'AB=2'],
  Entrypoint: ['/e'],
  Cmd: ['c'],
  Volumes: { '/v': {} },
  WorkingDir: '/w',
  Labels: { l: 'v' },
  StopSignal: 'SIGINT',
  Healthcheck: { Test: ['NONE'] },
  OnBuild: ['x'],
  ArgsEscaped: true,
}

/** The container's part of a config after a setting. */
function after(setting: string, config: object = CONFIG): unknown {
  const raw = rawJson(Buffer.from(JSON.stringify({ os: 'linux', config, unknown: 1e3 })))
  const changed = applySetting(raw, parseSetting(setting))
  return (JSON.parse(Buffer.from(rawJsonBytes(changed)).toString()) as { config: unknown }).config
}

describe('a setting', () => {
  /** Each: what is typed, the field, what it holds then; undefined: the field is gone. */
  const cases: readonly [string, keyof typeof CONFIG, unknown][] = [
    ['user=app', 'User', 'app'],
    ['user=', 'User', undefined],
    ['workdir=/srv/a b', 'WorkingDir', '/srv/a b'],
    ['workdir=', 'WorkingDir', undefined],
    ['stopsignal=SIGRTMIN+3', 'StopSignal', 'SIGRTMIN+3'],
    ['stopsignal=', 'StopSignal', undefined],
    ['entrypoint=["/bin/sh","-c","a \\"b\\""]', 'Entrypoint', ['/bin/sh', '-c', 'a "b"']],
    ['entrypoint=', 'Entrypoint', undefined],
    ['cmd=[]', 'Cmd', []],
    ['cmd=', 'Cmd', undefined],
    ['ports=8080/tcp', 'ExposedPorts', { '8080/tcp': {} }],
    ['ports=8080', 'ExposedPorts', { 8080: {} }],
    ['ports=80/tcp,53/udp 1000-1010/sctp', 'ExposedPorts', { '80/tcp': {}, '53/udp': {}, '1000-1010/sctp': {} }],
    ['ports=["80/tcp","443/tcp"]', 'ExposedPorts', { '80/tcp': {}, '443/tcp': {} }],
    ['ports={"80/tcp":{}}', 'ExposedPorts', { '80/tcp': {} }],
    ['ports=', 'ExposedPorts', undefined],
    ['volumes=/data', 'Volumes', { '/data': {} }],
    ['volumes=/data, /cache', 'Volumes', { '/data': {}, '/cache': {} }],
    ['volumes=["/a, b"]', 'Volumes', { '/a, b': {} }],
    ['volumes=', 'Volumes', undefined],
    ['healthcheck={"Test":["CMD","true"],"Interval":30000000000}', 'Healthcheck', { Test: ['CMD', 'true'], Interval: 30e9 }],
    ['healthcheck=', 'Healthcheck', undefined],
    ['env.A=x=y', 'Env', ['PATH=/bin', 'A=x=y', 'AB=2']],
    ['env.NEW=1', 'Env', ['PATH=/bin', 'A=1', 'AB=2', 'NEW=1']],
    ['env.A=', 'Env', ['PATH=/bin', 'AB=2']],
    ['env.NONE=', 'Env', CONFIG.Env],
    ['label.a.b/c=x=y', 'Labels', { l: 'v', 'a.b/c': 'x=y' }],
    ['label.l=', 'Labels', undefined],
  ]
  for (const [setting, field, value] of cases) {
    test(setting, () => {
      const wanted = { ...CONFIG, [field]: value }
      assert.deepEqual(after(setting), JSON.parse(JSON.stringify(wanted)))
      assert.deepEqual(after(formatSetting(parseSetting(setting))), JSON.parse(JSON.stringify(wanted)))
    })
  }

  test('sets what was absent, leaves what was absent', () => {
    assert.deepEqual(after('env.A=1', {}), { Env: ['A=1'] })
    assert.deepEqual(after('label.a=b', { Labels: null }), { Labels: { a: 'b' } })
    assert.deepEqual(after('user=', {}), {})
    assert.deepEqual(after('env.A=', { Env: ['A=1'] }), {})
  })

  test('of a variable named twice the first place is kept', () => {
    assert.deepEqual(after('env.A=3', { Env: ['A=1', 'B=2', 'A=2'] }), { Env: ['A=3', 'B=2'] })
    assert.deepEqual(after('env.A=', { Env: ['A=1', 'B=2', 'A=2'] }), { Env: ['B=2'] })
  })

  test('an annotation is the manifest’s', () => assert.deepEqual(after('annotation.a=b'), CONFIG))

  /** Each: what is typed, what is said about it, what is said to write. */
  const mistakes: readonly [string, RegExp, RegExp][] = [
    ['ports=http', /"http" is not a port/, /ports=8080\/tcp.*\["80\/tcp","443\/udp"\].*unsets/],
    ['ports=80/tcp,70000', /"70000" is not a port/, /ports=8080\/tcp/],
    ['ports=[80]', /not a list of ports/, /ports=80\/tcp,443\/udp/],
    ['ports=["80/tcp"', /not a list of ports/, /ports=/],
    ['volumes=[1]', /not a list of paths/, /volumes=\/data,\/cache/],
    ['cmd=ls -l', /not a JSON array of strings/, /Write cmd=\["ls","-l"\]/],
    ['cmd=["ls",1]', /not a JSON array of strings/, /Write cmd=/],
    ['entrypoint="sh"', /not a JSON array of strings/, /Write entrypoint=\["sh"\]/],
    ['healthcheck=NONE', /not a JSON object/, /\{"Test":\["NONE"\]\}/],
    ['healthcheck={"Test":["CMD","true"],"Interval":"30s"}', /"Interval" is not a whole number/, /"Interval":30000000000/],
    ['healthcheck={"Test":["CMD","true"],"Retries":1e400}', /"Retries" is not a whole number/, /nanoseconds/],
    ['healthcheck={"test":["CMD","true"]}', /no member "test"/, /"Test":\["CMD"/],
    ['healthcheck={"Test":"true"}', /"Test" is not an array/, /"Test":\["CMD"/],
    ['port=80', /there is no key "port"/, /Keys are env\.NAME.*ports/],
    ['env=A=1', /there is no key "env"/, /env\.NAME/],
    ['env.=1', /there is no key "env\."/, /env\.NAME/],
    ['env.A', /not KEY=VALUE/, /env\.NAME/],
    ['=1', /not KEY=VALUE/, /env\.NAME/],
    ['\u001b[31m=1', /there is no key "\\e\[31m"/, /env\.NAME/],
  ]
  for (const [setting, message, hint] of mistakes) {
    test(`refused: ${JSON.stringify(setting)}`, () => {
      assert.throws(
        () => parseSetting(setting),
        (error: unknown) => {
          assert.ok(error instanceof ImageError)
          assert.match(error.message, message)
          assert.match(error.hint ?? '', hint)
          return error.code === 'SETTING_INVALID'
        },
      )
    })
  }
})
