import { isRecord } from '../../blob/descriptor.ts'
import { listAt, objectAt, textAt, textsOf } from './json-fields.ts'

type Material = { readonly uri: string; readonly digest: string | undefined }
type BuildFile = { readonly name: string; readonly language: string | undefined; readonly text: string }

/** How an image was built (slsa.dev/provenance v0.2 and v1, with buildkit's own fields). */
export type ProvenanceSummary = {
  readonly kind: 'provenance'
  readonly version: '0.2' | '1'
  readonly builder: string | undefined
  readonly buildType: string | undefined
  /** Where the source came from, and its commit. */
  readonly source: string | undefined
  readonly revision: string | undefined
  readonly started: string | undefined
  readonly finished: string | undefined
  /** Of the frontend: build arguments, target and labels as `build-arg:NAME`. */
  readonly arguments: Readonly<Record<string, string>>
  /** Everything that went in, base images first. */
  readonly materials: readonly Material[]
  /** Materials that are images: what the stages were built from. */
  readonly bases: readonly Material[]
  /** The Dockerfiles that buildkit recorded. */
  readonly files: readonly BuildFile[]
}

const [MATERIALS, ARGUMENTS, FILES] = [5000, 200, 16]
/** Bytes of a recorded Dockerfile. */
const FILE_LIMIT = 512 * 1024

export function readProvenance(predicate: unknown): ProvenanceSummary {
  return isRecord(predicate) && ('buildDefinition' in predicate || 'runDetails' in predicate)
    ? versionOne(predicate)
    : older(predicate)
}

function versionOne(predicate: unknown): ProvenanceSummary {
  const definition = objectAt(predicate, 'buildDefinition')
  const metadata = objectAt(predicate, 'runDetails', 'metadata')
  const buildkit = objectAt(metadata, 'buildkit_metadata')
  const external = objectAt(definition, 'externalParameters')
  const request = objectAt(external, 'request')
  return {
    kind: 'provenance',
    version: '1',
    builder: textAt(predicate, 'runDetails', 'builder', 'id'),
    buildType: textAt(definition, 'buildType'),
    ...sourceOf(objectAt(external, 'configSource'), buildkit, external),
    started: textAt(metadata, 'startedOn'),
    finished: textAt(metadata, 'finishedOn'),
    arguments: textsOf(objectAt(request, 'args'), ARGUMENTS),
    ...materialsOf(listAt(definition, MATERIALS, 'resolvedDependencies')),
    files: filesOf(buildkit),
  }
}

function older(predicate: unknown): ProvenanceSummary {
  const metadata = objectAt(predicate, 'metadata')
  const buildkit = objectAt(metadata, 'https://mobyproject.org/buildkit@v1#metadata')
  return {
    kind: 'provenance',
    version: '0.2',
    builder: textAt(predicate, 'builder', 'id'),
    buildType: textAt(predicate, 'buildType'),
    ...sourceOf(objectAt(predicate, 'invocation', 'configSource'), buildkit, {}),
    started: textAt(metadata, 'buildStartedOn'),
    finished: textAt(metadata, 'buildFinishedOn'),
    arguments: textsOf(objectAt(predicate, 'invocation', 'parameters', 'args'), ARGUMENTS),
    ...materialsOf(listAt(predicate, MATERIALS, 'materials')),
    files: filesOf(buildkit),
  }
}

/** The build's own words first, then what buildkit found out about the working copy, then GitHub's workflow. */
function sourceOf(configSource: unknown, buildkit: unknown, external: unknown): Pick<ProvenanceSummary, 'source' | 'revision'> {
  const digests = Object.values(objectAt(configSource, 'digest'))
  const [commit] = digests.filter(each => typeof each === 'string')
  return {
    source: textAt(configSource, 'uri') ?? textAt(buildkit, 'vcs', 'source') ?? textAt(external, 'workflow', 'repository'),
    revision: commit?.slice(0, 200) ?? textAt(buildkit, 'vcs', 'revision') ?? textAt(external, 'workflow', 'ref'),
  }
}

function materialsOf(list: readonly unknown[]): Pick<ProvenanceSummary, 'materials' | 'bases'> {
  const materials = list.map((each): Material => {
    const [pair] = Object.entries(objectAt(each, 'digest')).filter(([, hex]) => typeof hex === 'string')
    return {
      uri: textAt(each, 'uri') ?? '',
      digest: pair === undefined ? undefined : `${pair[0]}:${String(pair[1])}`.slice(0, 200),
    }
  })
  const bases = materials.filter(({ uri }) => IMAGE.test(uri))
  return { materials: [...bases, ...materials.filter(({ uri }) => !IMAGE.test(uri))], bases }
}

const IMAGE = /^(?:pkg:(?:docker|oci)\/|docker-image:\/\/|oci:\/\/)/

function filesOf(buildkit: unknown): readonly BuildFile[] {
  return listAt(buildkit, FILES, 'source', 'infos').flatMap(info => {
    const { data } = objectAt(info)
    if (typeof data !== 'string' || data.length > FILE_LIMIT * 2) return []
    const text = Buffer.from(data, 'base64').toString('utf8').slice(0, FILE_LIMIT)
    return [{ name: textAt(info, 'filename') ?? 'Dockerfile', language: textAt(info, 'language'), text }]
  })
}
