import { isRecord } from '../../blob/descriptor.ts'
import { addTo } from '../../sums.ts'
import { listAt, objectAt, textAt } from './json-fields.ts'

type VexClaim = {
  readonly vulnerability: string
  /** As the format spells it: `not_affected`, `affected`, `fixed`, `under_investigation`, … */
  readonly status: string
  readonly products: readonly string[]
  readonly reason?: string
}

/**
 * Which vulnerabilities matter to a product and which do not: OpenVEX (github.com/openvex/spec), CycloneDX (vulnerabilities with an
 * `analysis`), CSAF (the VEX profile of csaf v2.0).
 */
export type VexSummary = {
  readonly kind: 'vex'
  readonly format: string
  readonly author: string | undefined
  readonly created: string | undefined
  readonly claims: readonly VexClaim[]
  /** How many claims have each status, the most frequent first. */
  readonly statuses: readonly (readonly [status: string, claims: number])[]
}

const [CLAIMS, PRODUCTS] = [20_000, 50]

/** The summary of a parsed document; undefined where it is none. */
export function readVex(document: unknown): VexSummary | undefined {
  if (textAt(document, '@context')?.startsWith('https://openvex.dev/ns') === true) return openVex(document)
  if (textAt(document, 'document', 'category') === 'csaf_vex') return csaf(document)
  const judged = listAt(document, CLAIMS, 'vulnerabilities').some(each => isRecord(objectAt(each)['analysis']))
  return textAt(document, 'bomFormat') === 'CycloneDX' && judged ? cycloneDx(document) : undefined
}

function openVex(document: unknown): VexSummary {
  const claims = listAt(document, CLAIMS, 'statements').map(each =>
    claim({
      vulnerability:
        textAt(each, 'vulnerability', 'name') ?? textAt(each, 'vulnerability') ?? textAt(each, 'vulnerability', '@id'),
      status: textAt(each, 'status'),
      products: listAt(each, PRODUCTS, 'products').map(product =>
        typeof product === 'string' ? product : textAt(product, '@id'),
      ),
      reason: textAt(each, 'justification') ?? textAt(each, 'impact_statement') ?? textAt(each, 'action_statement'),
    }),
  )
  return summary('OpenVEX', { author: textAt(document, 'author'), created: textAt(document, 'timestamp') }, claims)
}

function cycloneDx(document: unknown): VexSummary {
  const claims = listAt(document, CLAIMS, 'vulnerabilities').map(each =>
    claim({
      vulnerability: textAt(each, 'id'),
      status: textAt(each, 'analysis', 'state'),
      products: listAt(each, PRODUCTS, 'affects').map(product => textAt(product, 'ref')),
      reason: textAt(each, 'analysis', 'justification') ?? textAt(each, 'analysis', 'detail'),
    }),
  )
  const [author] = listAt(document, 1, 'metadata', 'authors')
  const about = { author: textAt(author, 'name'), created: textAt(document, 'metadata', 'timestamp') }
  return summary(`CycloneDX ${textAt(document, 'specVersion') ?? ''}`.trim(), about, claims)
}

/** A vulnerability's products stand in one list a status there. */
function csaf(document: unknown): VexSummary {
  const claims = listAt(document, CLAIMS, 'vulnerabilities').flatMap(each =>
    Object.keys(objectAt(each, 'product_status')).map(status =>
      claim({
        vulnerability: textAt(each, 'cve') ?? textAt(each, 'title'),
        status,
        products: listAt(each, PRODUCTS, 'product_status', status).map(product =>
          typeof product === 'string' ? product.slice(0, 200) : undefined,
        ),
        reason: undefined,
      }),
    ),
  )
  const created = textAt(document, 'document', 'tracking', 'current_release_date')
  return summary('CSAF', { author: textAt(document, 'document', 'publisher', 'name'), created }, claims.slice(0, CLAIMS))
}

type Found = Pick<VexSummary, 'author' | 'created'>

function summary(format: string, { author, created }: Found, claims: readonly VexClaim[]): VexSummary {
  const counts = new Map<string, number>()
  for (const { status } of claims) addTo(counts, status)
  return { kind: 'vex', format, author, created, claims, statuses: [...counts].sort(([, a], [, b]) => b - a) }
}

type ClaimFields = {
  readonly vulnerability: string | undefined
  readonly status: string | undefined
  readonly products: readonly (string | undefined)[]
  readonly reason: string | undefined
}

function claim({ vulnerability, status, products, reason }: ClaimFields): VexClaim {
  return {
    vulnerability: vulnerability ?? 'unnamed',
    status: status ?? 'unknown',
    products: products.flatMap(product => (product === undefined ? [] : [product])),
    ...(reason !== undefined && { reason }),
  }
}
