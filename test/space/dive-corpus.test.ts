import assert from 'node:assert/strict'
import { buildStack } from '../../src/overlay/apply.ts'
import { diveFigures } from '../../src/space/dive.ts'
import { wasteOf } from '../../src/space/waste.ts'
import { corpusPath, corpusTest } from '../kit/corpus.ts'
import { readImageLayers } from '../kit/image/read-image.ts'

corpusTest("dive's own test image gives dive's own figures to the last digit", async () => {
  const layers = await readImageLayers(corpusPath('dive', 'test-docker-image.tar'))
  const { efficiency, sizeBytes, userSizeBytes, wastedBytes, inefficientFiles } = diveFigures(
    layers.map(layer => layer.changeset),
  )
  assert.deepEqual(
    { efficiency, sizeBytes, userSizeBytes, wastedBytes },
    { efficiency: 0.9844212134184309, sizeBytes: 1_220_598, userSizeBytes: 66_237, wastedBytes: 32_025 },
  )
  assert.equal(
    inefficientFiles.reduce((total, file) => total + file.sizeBytes, 0),
    32_025,
  )
})

corpusTest('the ledger of dive test images balances', async () => {
  for (const name of ['test-docker-image.tar', 'test-oci-gzip-image.tar', 'test-oci-estargz-image.tar']) {
    const changesets = (await readImageLayers(corpusPath('dive', name))).map(layer => layer.changeset)
    const { shipped, alive, hidden } = wasteOf(buildStack(changesets, 'overlay'))
    assert.equal(shipped, alive + hidden, name)
    assert.equal(
      shipped,
      changesets.flatMap(each => [...each.sizes]).reduce((total, size) => total + size, 0),
      name,
    )
  }
})
