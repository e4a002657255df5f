import { type Digest, digestOf } from '../../blob/digest.ts'
import type { Image } from '../../image/load.ts'
import { type Fact, type FactRow, fact, factRows, heading } from '../../line/facts.ts'
import { line, span } from '../../line/line.ts'
import { followDigest } from '../content/follow.ts'
import type { Effect } from '../model/effect.ts'
import type { State, Step } from '../model/state.ts'
import type { View } from '../model/view.ts'

/** The identifiers of this image, which are easily taken for one another, each with what it is the digest of. */
export const IDS_VIEW: View = {
  name: 'ids',
  contexts: ['ids'],
  picks: true,
  title: () => ({ left: line(span('which digest is which')), right: [] }),
  length: (state, width) => rowsOf(state, width).length,
  rows: (state, from, to, width) =>
    rowsOf(state, width)
      .slice(from, to)
      .map(each => each.line),
  empty: () => '',
  update: (state, command) => (command === 'ids.enter' ? follow(state) : undefined),
  copies: state =>
    (state.image === undefined ? [] : idFacts(state.image.image)).flatMap(({ name, digest }) =>
      digest === undefined ? [] : [{ label: `${name}  ${digest}`, command: 'copy', argument: `the ${name}\n${digest}` }],
    ),
}

const laidOut = new WeakMap<Image, { width: number; rows: readonly FactRow[] }>()

function rowsOf({ image }: State, width: number): readonly FactRow[] {
  if (image === undefined) return []
  const known = laidOut.get(image.image)
  if (known?.width === width) return known.rows
  const rows = factRows(idFacts(image.image), width)
  laidOut.set(image.image, { width, rows })
  return rows
}

function follow(state: State): Step<Effect> | undefined {
  const rows = state.image === undefined ? undefined : laidOut.get(state.image.image)?.rows
  const digest = rows?.[state.cursors.ids.index]?.fact.digest
  return digest === undefined ? undefined : followDigest(state, digest)
}

function idFacts(image: Image): readonly Fact[] {
  const { descriptor, manifest, layers } = image
  const imageID = manifest.value.config.digest
  return [
    heading('Image'),
    fact('image ID', imageID, { digest: imageID }),
    explain('The digest of the config. docker images shows it; pushing or recompressing does not change it.'),
    fact('image digest', descriptor.digest, { digest: descriptor.digest }),
    explain('The digest of the manifest. Registries and name@sha256:… use it; it changes when a layer is compressed anew.'),
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
