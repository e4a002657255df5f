import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import picomatch from 'picomatch'
import { compileGlob } from '../../../src/filter/glob.ts'
import { fc } from '../../kit/seeded-check.ts'

const piece = fc.constantFrom('a', 'b', 'lib', '*', '?', '[ab]', '[!a]', '.so', '{a,lib}', '{a,b*}')
const component = fc.oneof(
  fc.array(piece, { minLength: 1, maxLength: 4 }).map(parts => parts.join('').replace(/\*{2,}/g, '*')),
  fc.constant('**'),
)
const name = fc
  .array(fc.constantFrom('a', 'b', 'lib', '.', 'so', '.so'), { minLength: 1, maxLength: 4 })
  .map(parts => parts.join(''))
const path = (of: fc.Arbitrary<string>) => fc.array(of, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'))

describe('globs', () => {
  test('mean for names in a tree what picomatch means by them', () => {
    fc.assert(
      fc.property(path(component), path(name.filter(text => !/^\.+$/.test(text))), (glob, text) => {
        const peer = picomatch(glob, { dot: true, noextglob: true, nonegate: true, strictSlashes: true })
        assert.equal(compileGlob(glob)(text), peer(text), `${glob} over ${text}`)
      }),
    )
  })

  test('what opens and is not closed stands for itself, and so do parentheses', () => {
    assert.ok(compileGlob('a[b')('a[b'))
    assert.ok(compileGlob('{a,b')('{a,b'))
    assert.ok(compileGlob('{a}*')('{a}x'))
    assert.ok(compileGlob('(x86)')('(x86)'))
    assert.ok(compileGlob('\\*')('*'))
    assert.ok(!compileGlob('\\*')('x'))
  })

  test('no letter of one case is told from the other where that is asked for', () => {
    assert.ok(compileGlob('*.so', { nocase: true })('A.SO'))
    assert.ok(!compileGlob('*.so')('A.SO'))
  })

  test('end over long names that drive a backtracking expression through every division of the text', () => {
    const long = 'lib'.repeat(100_000)
    assert.equal(compileGlob('**/*lib*/**/*lib*/**/*.so')(`${long}/${long}/${long}`), false)
    assert.equal(compileGlob('*a*a*a*a*a*a*a*a*a*a*b')('a'.repeat(100_000)), false)
    assert.equal(compileGlob(`${'{a,aa,aaa}'.repeat(30)}b`)('a'.repeat(1000)), false)
    assert.equal(compileGlob(`${'*'.repeat(3000)}b`)('a'.repeat(1000)), false)
    assert.equal(compileGlob('{'.repeat(3000) + ','.repeat(3000) + '}'.repeat(3000))('a'), false)
  })
})
