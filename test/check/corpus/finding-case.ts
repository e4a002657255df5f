import { type Finding, SEVERITIES, type Severity } from '../../../src/check/finding.ts'
import { checkedImage } from '../../kit/image/checked-image.ts'
import {
  type ImageFixture,
  imageFixture,
  type LayerFiles,
  type LayerFixture,
  layerFixture,
} from '../../kit/image/image-fixture.ts'

/** One image, and whether a rule finds something in it: what it must find, or a temptation that it must leave alone. */
export type FindingCase = {
  readonly id: string
  readonly name: string
  readonly expected: boolean
  /** A finding counts from this severity on; any by default. */
  readonly severity?: Severity
  /** The path that the finding must name. */
  readonly path?: string
  readonly image: () => ImageFixture
}

export type ImageParts = {
  /** `config.config`: Entrypoint, Env, User… */
  readonly config?: object
  readonly layers?: readonly (LayerFiles | LayerFixture)[]
  readonly history?: readonly object[]
  readonly platform?: { readonly os: string; readonly architecture: string }
  readonly document?: object
  readonly annotations?: Readonly<Record<string, string>>
  readonly manifest?: object
}

function imageOf({ config = {}, layers = [{}], history, platform, document, annotations, manifest }: ImageParts): ImageFixture {
  const fixtures = layers.map(layer =>
    Buffer.isBuffer((layer as LayerFixture).tar) ? (layer as LayerFixture) : layerFixture(layer as LayerFiles),
  )
  return imageFixture(fixtures, {
    config: { config, ...(history !== undefined && { history }), ...document },
    ...(platform !== undefined && { platform }),
    manifest: { ...(annotations !== undefined && { annotations }), ...manifest },
  })
}

/** Cases of one rule: positives, then temptations. */
export function casesOf(
  id: string,
  must: Readonly<Record<string, ImageParts & Pick<Partial<FindingCase>, 'severity' | 'path'>>>,
  mustNot: Readonly<Record<string, ImageParts & Pick<Partial<FindingCase>, 'severity'>>>,
): readonly FindingCase[] {
  const each = (
    cases: Readonly<Record<string, ImageParts & Pick<Partial<FindingCase>, 'severity' | 'path'>>>,
    expected: boolean,
  ) =>
    Object.entries(cases).map(([name, { severity, path, ...parts }]) => ({
      id,
      name,
      expected,
      ...(severity !== undefined && { severity }),
      ...(path !== undefined && { path }),
      image: () => imageOf(parts),
    }))
  return [...each(must, true), ...each(mustNot, false)]
}

/** Content of so many bytes that no other call shares. */
export function filler(bytes: number, seed = 'x'): string {
  const piece = `${seed}-0123456789abcdef\n`
  return piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes)
}

/** Whether the rule finds in the case's image what the case is about. */
export async function finds(each: FindingCase): Promise<boolean> {
  const { findings } = await checkedImage(each.image())
  return isFound(each, findings)
}

/** Whether what the case is about is among the findings. */
export function isFound({ id, severity = 'info', path }: FindingCase, findings: readonly Finding[]): boolean {
  return findings.some(
    finding =>
      finding.id === id &&
      SEVERITIES.indexOf(finding.severity) <= SEVERITIES.indexOf(severity) &&
      (path === undefined || finding.path === path),
  )
}

/** Compressed bytes of an image whose check costs next to nothing. */
const SMALL = 2000

/** A small image in which something must be found: `rules/rule-findings.test.ts` holds its findings to the letter, `corpus.test.ts` the others. */
export function isHeldToTheLetter({ expected }: FindingCase, { layers }: ImageFixture): boolean {
  return expected && layers.reduce((sum, { size }) => sum + size, 0) <= SMALL
}
