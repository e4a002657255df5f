import { isRecord } from '../../blob/descriptor.ts'
import { addTo } from '../../sums.ts'
import { listAt, objectAt, textAt } from './json-fields.ts'

type SbomPackage = { readonly name: string; readonly version?: string; readonly licence?: string; readonly purl?: string }

/** The packages in an SBOM (SPDX 2.x JSON: spdx.github.io/spdx-spec; CycloneDX JSON: cyclonedx.org/docs). */
export type SbomSummary = {
  readonly kind: 'sbom'
  readonly format: string
  readonly name: string | undefined
  readonly created: string | undefined
  readonly tools: readonly string[]
  readonly packages: readonly SbomPackage[]
  /** How many packages have each licence, the most frequent first; those without one are not counted. */
  readonly licences: readonly (readonly [licence: string, packages: number])[]
  readonly files: number
}

/** Packages of one SBOM that are kept; a distribution has some thousands. */
const PACKAGES = 100_000
/** Components inside each other. */
const DEPTH = 20
const ABSENT = new Set(['NOASSERTION', 'NONE', ''])

/** The summary of a parsed document; undefined where it is no SBOM. */
export function readSbom(document: unknown): SbomSummary | undefined {
  if (textAt(document, 'spdxVersion') !== undefined) return spdx(document)
  return textAt(document, 'bomFormat') === 'CycloneDX' ? cycloneDx(document) : undefined
}

function spdx(document: unknown): SbomSummary {
  const packages = listAt(document, PACKAGES, 'packages').map(each => {
    const licences = [textAt(each, 'licenseConcluded'), textAt(each, 'licenseDeclared')]
    const purl = listAt(each, 100, 'externalRefs').find(reference => textAt(reference, 'referenceType') === 'purl')
    return packageOf({
      name: textAt(each, 'name'),
      version: textAt(each, 'versionInfo'),
      licence: licences.find(licence => licence !== undefined && !ABSENT.has(licence)),
      purl: textAt(purl, 'referenceLocator'),
    })
  })
  return {
    kind: 'sbom',
    format: `SPDX ${(textAt(document, 'spdxVersion') ?? '').replace(/^SPDX-/, '')}`,
    name: textAt(document, 'name'),
    created: textAt(document, 'creationInfo', 'created'),
    tools: listAt(document, 20, 'creationInfo', 'creators').flatMap(tool =>
      typeof tool === 'string' ? [tool.slice(0, 200)] : [],
    ),
    packages,
    licences: licencesOf(packages),
    files: listAt(document, Number.MAX_SAFE_INTEGER, 'files').length,
  }
}

function cycloneDx(document: unknown): SbomSummary {
  const components = [...componentsOf(document, 0)]
  const packages = components
    .filter(each => textAt(each, 'type') !== 'file')
    .map(each =>
      packageOf({
        name: [textAt(each, 'group'), textAt(each, 'name')].filter(part => part !== undefined).join('/'),
        version: textAt(each, 'version'),
        licence: cycloneDxLicence(each),
        purl: textAt(each, 'purl'),
      }),
    )
  const tools = objectAt(document, 'metadata')['tools']
  const listed = Array.isArray(tools) ? tools : listAt(tools, 20, 'components')
  return {
    kind: 'sbom',
    format: `CycloneDX ${textAt(document, 'specVersion') ?? ''}`.trim(),
    name: textAt(document, 'metadata', 'component', 'name'),
    created: textAt(document, 'metadata', 'timestamp'),
    tools: listed.slice(0, 20).map(tool => [textAt(tool, 'name'), textAt(tool, 'version')].filter(Boolean).join(' ')),
    packages,
    licences: licencesOf(packages),
    files: components.length - packages.length,
  }
}

function* componentsOf(value: unknown, depth: number): Generator<Readonly<Record<string, unknown>>> {
  if (depth > DEPTH) return
  for (const component of listAt(value, PACKAGES, 'components')) {
    if (!isRecord(component)) continue
    yield component
    yield* componentsOf(component, depth + 1)
  }
}

function cycloneDxLicence(component: unknown): string | undefined {
  const licences = listAt(component, 20, 'licenses').flatMap(each => {
    const licence = textAt(each, 'expression') ?? textAt(each, 'license', 'id') ?? textAt(each, 'license', 'name')
    return licence === undefined ? [] : [licence.slice(0, 200)]
  })
  return licences.length === 0 ? undefined : licences.join(' AND ')
}

function packageOf({ name, version, licence, purl }: { [Key in keyof Required<SbomPackage>]: string | undefined }): SbomPackage {
  return {
    name: name ?? '',
    ...(version !== undefined && { version }),
    ...(licence !== undefined && { licence: licence.slice(0, 200) }),
    ...(purl !== undefined && { purl }),
  }
}

function licencesOf(packages: readonly SbomPackage[]): SbomSummary['licences'] {
  const counts = new Map<string, number>()
  for (const { licence } of packages) if (licence !== undefined) addTo(counts, licence)
  return [...counts].sort(([, a], [, b]) => b - a)
}
