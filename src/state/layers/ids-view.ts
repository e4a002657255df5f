import { type Digest, digestOf } from '../../blob/digest.ts'
import type { Image } from '../../image/load.ts'
import { type Fact, fact, factRows, heading } from '../../line/facts.ts'
import { line, span } from '../../line/line.ts'
import { followFact } from '../content/follow.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { View } from '../model/view.ts'

/** The identifiers of this image, which are easily taken for one another, each with what it is the digest of. */
export const IDS_VIEW: View<Fact, CommandsOf<'ids'>> = {
  name: 'ids',
  contexts: ['ids'],
  picks: true,
  title: () => ({ left: line(span('which digest is which')), right: [] }),
  rows: ({ image }, width) => (image === undefined ? [] : factRows(idFacts(image.image), width)),
  madeOf: ({ image }) => [image?.image],
  empty: () => 'No image is open.',
  idle: (_, row) => (row?.digest === undefined ? ['ids.enter'] : []),
  commands: { 'ids.enter': (state, { row }) => followFact(state, row) },
  copies: state =>
    (state.image === undefined ? [] : idFacts(state.image.image)).flatMap(({ name, digest }) =>
      digest === undefined ? [] : [{ label: `${name}  ${digest}`, command: 'copy', argument: `the ${name}\n${digest}` }],
    ),
}

function idFacts(image: Image): readonly Fact[] {
  const { descriptor, manifest, layers } = image
  const imageID = manifest.value.config.digest
  return [
    heading('Image'),
    fact('image ID', imageID, { digest: imageID }),
    explain('The digest of the config. docker images shows it; pushing or recompressing does not change it.'),
    fact('image digest', descriptor.digest, { digest: descriptor.digest }),
    explain('The digest of the manifest. Registries and name@sha256:… use it; it changes when a layer is recompressed.'),
    heading('Layers'),
    explain('Layer digest: of the blob as it is shipped, compressed. It names the blob in the registry.'),
    explain('DiffID: of the same layer uncompressed. The config lists it; it proves what was unpacked.'),
    explain('ChainID: of a layer together with all below it. It names the unpacked stack on disk; no document lists it.'),
    ...chainIDs(layers.map(({ diffID }) => diffID)).flatMap((chainID, position) => {
      const layer = layers[position]
      if (layer === undefined) return []
      return [
        heading(`Layer ${position + 1}`),
        fact('layer digest', layer.blob.digest, { digest: layer.blob.digest }),
        layer.diffID === undefined
          ? fact('DiffID', 'none in the config')
          : fact('DiffID', layer.diffID, { digest: layer.diffID }),
        fact('ChainID', chainID ?? 'needs the DiffIDs of all layers below', chainID === undefined ? {} : { role: 'plain' }),
      ]
    }),
  ]
}

function explain(text: string): Fact {
  return fact(' ', text, { role: 'dim' })
}

/** ChainID of each layer (image-spec config.md#layer-chainid): the first is its DiffID, each other hashes the one below and its own. */
export function chainIDs(diffIDs: readonly (Digest | undefined)[]): readonly (Digest | undefined)[] {
  const chain: (Digest | undefined)[] = []
  for (const [position, diffID] of diffIDs.entries()) {
    const below = chain[position - 1]
    if (position === 0) chain.push(diffID)
    else chain.push(below === undefined || diffID === undefined ? undefined : digestOf(Buffer.from(`${below} ${diffID}`)))
  }
  return chain
}
