import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { familyOf } from '../../rebuild/media-family.ts'
import { contentSizeOf, contentsOf, isAlive } from '../../space/waste.ts'
import type { UnmeasuredAdvice } from '../advice.ts'
import type { Layers } from '../rule.ts'
import { programOf } from '../rules/program.ts'
import { superfluousPackages } from '../superfluous-packages.ts'

/** Advice about an image as a whole: packages, base, number and order of layers, compression. */
export function imageCandidates(layers: Layers): readonly UnmeasuredAdvice[] {
  return [
    ...recommended(layers),
    ...smallerBase(layers),
    ...rebasing(layers),
    ...merging(layers),
    ...zstd(layers),
    ...layerCount(layers),
    ...bustingArguments(layers),
  ]
}

const SMALL = 5_000_000

function recommended({ ownership, baseLayers }: Layers): readonly UnmeasuredAdvice[] {
  const own = superfluousPackages(ownership.packages)?.recommended.filter(({ layer }) => layer >= baseLayers) ?? []
  const bytes = own.reduce((sum, each) => sum + each.bytes, 0)
  if (bytes < SMALL) return []
  const largest = own.toSorted((a, b) => b.bytes - a.bytes)
  const names = largest.slice(0, 10).map(({ name, bytes: size }) => `${name} ${formatSize(size)}`)
  return [
    {
      id: 'A6',
      title: `Install without recommended packages: ${own.length} packages, ${formatSize(bytes)}`,
      layers: [...new Set(own.map(({ layer }) => layer))].sort((a, b) => a - b),
      content: bytes,
      proof: 'db',
      dockerfile: `apt-get install --no-install-recommends; it leaves out ${names.join(', ')}${own.length > 10 ? ', …' : ''}. Features that need them are gone.`,
      edits: [],
      chosen: false,
    },
  ]
}

/** A program without a loader needs nothing of its base. */
function smallerBase(layers: Layers): readonly UnmeasuredAdvice[] {
  const { baseLayers, snapshot, stack } = layers
  const program = programOf(layers)?.node
  if (baseLayers === 0 || program === undefined || program.layer < baseLayers) return []
  let base = 0
  for (const inode of contentsOf(stack.tree, baseLayers))
    if (isAlive(stack.tree, inode, snapshot.layers)) base += contentSizeOf(stack.tree, inode)
  return [
    {
      id: 'A14',
      title: `The base image is ${formatSize(base)} of ${formatSize(layers.ledger.alive)}: a smaller one may do`,
      layers: [0],
      content: null,
      proof: 'ledger',
      dockerfile: 'FROM a slim, distroless or static base; debugging inside the container gets harder.',
      edits: [],
      chosen: false,
    },
  ]
}

/** The layers of the image on the newer base, without a build. */
function rebasing({ newerBase, baseLayers }: Layers): readonly UnmeasuredAdvice[] {
  if (newerBase === undefined || baseLayers === 0) return []
  const name = escapeText(newerBase.name)
  return [
    {
      id: 'A18',
      title: `Rebase instead of rebuilding: ${name} means another image now`,
      layers: Array.from({ length: baseLayers }, (_, position) => position),
      content: null,
      proof: null,
      dockerfile: `FROM ${name}@${newerBase.now}; or peel rebase IMAGE DEST --new-base ${name}, which says what both have changed.`,
      edits: [],
      chosen: false,
    },
  ]
}

function merging({ image, baseLayers }: Layers): readonly UnmeasuredAdvice[] {
  const last = image.layers.length - 1
  if (last - baseLayers < 1) return []
  return [
    {
      id: 'A3',
      title: `Merge layers ${baseLayers + 1} to ${last + 1}`,
      layers: [baseLayers, last],
      content: null,
      proof: 'dry-run',
      dockerfile: 'One RUN instead of several; images that share the layers no longer do, and the build cache gets coarser.',
      edits: [{ type: 'squash', from: baseLayers, to: last }],
      chosen: false,
    },
  ]
}

function zstd({ image }: Layers): readonly UnmeasuredAdvice[] {
  const isGzip = image.layers.some(({ blob }) => /gzip$/.test(blob.mediaType))
  if (!isGzip || familyOf(image.manifest.value.mediaType) !== 'oci') return []
  return [
    {
      id: 'A10',
      title: 'Compress the layers with zstd',
      layers: image.layers.map(({ position }) => position),
      content: null,
      proof: 'dry-run',
      dockerfile:
        'docker buildx build --output type=image,compression=zstd,force-compression=true; engines before docker 23, containerd 1.5 and podman 3 cannot read it.',
      edits: [{ type: 'compress', compression: 'zstd', every: true }],
      chosen: false,
    },
  ]
}

/** Layers are fetched three at a time: one that is most of the image is waited for alone. */
function layerCount({ image }: Layers): readonly UnmeasuredAdvice[] {
  const sizes = image.layers.map(({ blob }) => blob.size)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const largest = Math.max(0, ...sizes)
  const without = { content: null, proof: null, edits: [], chosen: false } as const
  if (sizes.length > 100)
    return [
      {
        ...without,
        id: 'A16',
        title: `${sizes.length} layers are more than docker stacks with ease`,
        layers: [],
        dockerfile: 'Put steps that change together into one RUN.',
      },
    ]
  if (sizes.length < 2 || largest <= total * 0.4 || largest < 100_000_000) return []
  const position = sizes.indexOf(largest)
  return [
    {
      ...without,
      id: 'A16',
      title: `Layer ${position + 1} is ${Math.round((largest / total) * 100)} % of the image: a pull waits for it alone (by the model of three downloads at once)`,
      layers: [position],
      dockerfile: 'Split it where its parts change apart: dependencies before the application.',
    },
  ]
}

/** A build argument that changes with every build is part of every RUN behind it. */
function bustingArguments({ image }: Layers): readonly UnmeasuredAdvice[] {
  const busted = image.steps.flatMap(({ layer, history }) => {
    const names = /^(?:RUN )?\|\d+ (.*?)(?=\/\S*sh )/s.exec(history?.createdBy ?? '')?.[1] ?? ''
    return layer !== undefined && BUSTING.test(names) ? [layer] : []
  })
  if (busted.length === 0) return []
  return [
    {
      id: 'A17',
      title: 'A build argument with a date or a number of the build makes every RUN behind it run again',
      layers: busted,
      content: null,
      proof: null,
      dockerfile: 'Put the ARG behind the steps that do not need it.',
      edits: [],
      chosen: false,
    },
  ]
}

const BUSTING =
  /(?:^|\s)(?:BUILD_?(?:DATE|TIME|NUMBER|ID)|DATE|TIMESTAMP|CACHE_?BUST|GIT_?(?:COMMIT|SHA)|COMMIT(?:_SHA)?|VCS_REF|CI_JOB_ID)=/i
