import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import type { Semantics } from '../../src/overlay/tree.ts'
import { openSource } from '../../src/transport/open.ts'
import { corpusPath, hasCorpus } from '../kit/corpus.ts'
import { assertLayerRules } from '../kit/layer/layer-rules.ts'
import { onlyImage, rebuilt, rebuiltSource, testWorkshop, treeLines } from '../kit/rebuild/rebuild.ts'

/** Layers that cannot be read to their end are refused; nothing else is. */
const REFUSED: Readonly<Record<string, string>> = {}

/** Entries only one semantics gives a meaning to: 0:0 devices and overlayfs's own xattrs. */
const ONLY_ONE_MEANS = new Set(['overlay-native-whiteout'])

describe('every case of corpus/weird, every range, both semantics', { skip: hasCorpus ? false : 'NO CORPUS' }, () => {
  const workshop = testWorkshop()
  after(() => workshop.close())

  for (const name of hasCorpus
    ? readdirSync(corpusPath('weird'), { withFileTypes: true })
        .filter(each => each.isDirectory())
        .map(each => each.name)
    : []) {
    test(name, async () => {
      const source = await openSource({ transport: 'oci', path: corpusPath('weird', name), selector: {} })
      try {
        const { length } = (await onlyImage(source)).layers
        for (const semantics of ['overlay', 'spec'] as const) {
          for (let from = 0; from < length; from++) {
            for (let to = from; to < length; to++) await squash(name, source, from, to, length, semantics)
          }
        }
      } finally {
        await source.close()
      }
    })
  }

  async function squash(
    name: string,
    source: Awaited<ReturnType<typeof openSource>>,
    from: number,
    to: number,
    length: number,
    semantics: Semantics,
  ): Promise<void> {
    const where = `${name} ${semantics} ${from}..${to}`
    try {
      const image = await rebuilt(source, [{ type: 'squash', from, to }], workshop, { semantics })
      const target = await rebuiltSource(image, source)
      assert.deepEqual(await treeLines(target, workshop, semantics), await treeLines(source, workshop, semantics), where)
      if (image.changed && from === 0 && to === length - 1 && !(semantics === 'spec' && ONLY_ONE_MEANS.has(name))) {
        const [one, other] = [await treeLines(target, workshop, 'spec'), await treeLines(target, workshop, 'overlay')]
        assert.deepEqual(one, other, `${where}: both`)
      }
      if (image.changed) await assertLayerRules(image, target, semantics)
      const again = await rebuilt(target, [{ type: 'squash', from, to: from }], workshop, { semantics })
      assert.equal(again.changed, false, where)
      await image[Symbol.asyncDispose]()
    } catch (thrown) {
      if (!(thrown instanceof ImageError)) throw thrown
      assert.equal(thrown.code, REFUSED[name], `${where}: ${thrown.message}`)
    }
  }
})
