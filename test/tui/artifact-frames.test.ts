import { describe, test } from 'node:test'
import { ARTIFACT_SAMPLES } from '../kit/image/artifact-samples.ts'
import { attestationFixture } from '../kit/image/attestation-fixture.ts'
import { besideLayout } from '../kit/image/beside-layout.ts'
import { indexFixture } from '../kit/image/image-fixture.ts'
import { shownImage } from '../kit/image/shown-image.ts'
import { assertFrame, press } from '../kit/terminal/golden-frame.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

/** Words that the page of each kind ends with, or has at least. */
const SHOWS: Readonly<Record<string, RegExp>> = {
  chart: /redis 19\.0/,
  gguf: /Q4_K_M/,
  safetensors: /transformer/,
  wasm: /WebAssembly/,
  policy: /a\.rego/,
  sbom: /Apache-2\.0/,
  provenance: /alpine@3\.20/,
  vex: /not_affected/,
  signature: /sigstore-bundle/,
  checkpoint: /checkpoint of a running/,
  encrypted: /secret\.tgz/,
  bottle: /homebrew_bottle/,
}

/** The footer has no layer that is read. */
const ALL_READ = /^(?![\s\S]*reading \d)/

const image = shownImage()
besideLayout({ ...ARTIFACT_SAMPLES, attested: indexFixture([image, attestationFixture(image)]) })

describe('an artifact opens on what it says of itself', () => {
  for (const [name, shows] of Object.entries(SHOWS)) {
    test(`${name} at 80x24`, async () => {
      const shown = await showImage(`oci:weather:${name}`, { columns: 80, rows: 24 }, [shows, ALL_READ])
      try {
        assertFrame(`artifact-${name}-80x24`, shown.terminal.model.text())
      } finally {
        await shown.close()
      }
    })
  }

  test('an attestation in an image’s own index has a page, its document one key away', async () => {
    const shown = await showImage('oci:weather:attested', { columns: 80, rows: 24 }, [/% hidden/])
    const { terminal } = shown
    try {
      await press(terminal, '8')
      await terminal.shows('attestation')
      await press(terminal, 'G\r')
      await terminal.shows('▾ attestation')
      await press(terminal, 'j\r')
      await terminal.shows(/statement +SBOM/)
      assertFrame('artifact-attestation-80x24', terminal.model.text())
      await press(terminal, 'x')
      await terminal.shows('"predicateType"')
    } finally {
      await shown.close()
    }
  })
})
