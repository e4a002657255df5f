import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import {
  descriptorPlatform,
  formatPlatform,
  hostPlatform,
  parsePlatform,
  platformDistance,
  toDescriptorPlatform,
} from '../../src/image/platform.ts'

describe('platform', () => {
  const spellings = {
    'linux/x86_64': 'linux/amd64',
    'Linux/AMD64/v1': 'linux/amd64',
    'linux/amd64/v3': 'linux/amd64/v3',
    'linux/aarch64': 'linux/arm64',
    'linux/arm64/v8': 'linux/arm64',
    'linux/arm64/8': 'linux/arm64',
    'linux/arm64/v9': 'linux/arm64/v9',
    'linux/arm': 'linux/arm/v7',
    'linux/arm/7': 'linux/arm/v7',
    'linux/armhf': 'linux/arm/v7',
    'linux/armel': 'linux/arm/v6',
    'linux/i386': 'linux/386',
    'macos/arm64': 'darwin/arm64',
    arm64: 'linux/arm64',
    'windows/amd64': 'windows/amd64',
  }
  for (const [text, expected] of Object.entries(spellings)) {
    test(`${text} is ${expected}`, () => assert.equal(formatPlatform(parsePlatform(text)), expected))
  }

  test('what is no platform', () => {
    for (const text of ['linux', 'windows', '', 'linux/', 'a/b/c/d', 'linux amd64', '\u001b[31m/x'])
      assert.throws(() => parsePlatform(text), ImageError)
  })

  const runs: readonly (readonly [wanted: string, have: string, runs: boolean])[] = [
    ['linux/amd64', 'linux/amd64', true],
    ['linux/amd64', 'linux/386', true],
    ['linux/amd64', 'linux/amd64/v3', false],
    ['linux/amd64/v3', 'linux/amd64', true],
    ['linux/amd64/v3', 'linux/amd64/v2', true],
    ['linux/amd64', 'linux/arm64', false],
    ['linux/amd64', 'windows/amd64', false],
    ['linux/arm64', 'linux/arm/v7', true],
    ['linux/arm64', 'linux/arm64/v9', false],
    ['linux/arm/v7', 'linux/arm/v6', true],
    ['linux/arm/v6', 'linux/arm/v7', false],
    ['linux/s390x', 'linux/s390x', true],
  ]
  for (const [wanted, have, expected] of runs) {
    test(`${have} ${expected ? 'serves' : 'does not serve'} ${wanted}`, () => {
      assert.equal(platformDistance(parsePlatform(wanted), parsePlatform(have)) !== undefined, expected)
    })
  }

  test('the exact platform is nearest, then the highest variant below', () => {
    const distances = ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5'].map(have =>
      platformDistance(parsePlatform('linux/arm/v7'), parsePlatform(have)),
    )
    assert.deepEqual(distances, [0, 1, 2])
    assert.equal(platformDistance(parsePlatform('linux/arm64'), parsePlatform('linux/arm64')), 0)
  })

  test('descriptors: unknown/unknown is none, versions and features are kept', () => {
    assert.equal(descriptorPlatform({ os: 'unknown', architecture: 'unknown' }), undefined)
    assert.equal(descriptorPlatform(undefined), undefined)
    const windows = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763.1', 'os.features': ['win32k'] }
    const platform = descriptorPlatform(windows)
    assert.ok(platform)
    assert.deepEqual(toDescriptorPlatform(platform), windows)
  })

  test('the host, in Node’s words', () => {
    assert.equal(formatPlatform(hostPlatform('x64')), 'linux/amd64')
    assert.equal(formatPlatform(hostPlatform('arm64')), 'linux/arm64')
    assert.equal(formatPlatform(hostPlatform('arm')), 'linux/arm/v7')
    assert.equal(formatPlatform(hostPlatform('riscv64')), 'linux/riscv64')
  })
})
