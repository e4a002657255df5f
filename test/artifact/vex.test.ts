import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { summariseDocument } from '../../src/artifact/summary/summarise.ts'
import { summaryLines } from '../../src/artifact/summary/summary-lines.ts'

const read = (document: unknown) => summariseDocument(Buffer.from(JSON.stringify(document)), {})

const OPEN_VEX = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  author: 'a',
  statements: [
    { vulnerability: { name: 'CVE-1' }, products: [{ '@id': 'pkg:oci/a' }], status: 'not_affected', justification: 'inline' },
    { vulnerability: 'CVE-2', products: ['pkg:oci/a'], status: 'fixed' },
    { vulnerability: { '@id': 'GHSA-3' }, status: 'fixed' },
  ],
}

describe('VEX', () => {
  test('OpenVEX, alone and in a statement: claims, and how many have each status', () => {
    const summary = read(OPEN_VEX)
    assert.ok(summary?.kind === 'vex')
    assert.deepEqual(summary.statuses, [
      ['fixed', 2],
      ['not_affected', 1],
    ])
    assert.deepEqual(summary.claims[0], {
      vulnerability: 'CVE-1',
      status: 'not_affected',
      products: ['pkg:oci/a'],
      reason: 'inline',
    })
    assert.deepEqual(
      summary.claims.map(({ vulnerability }) => vulnerability),
      ['CVE-1', 'CVE-2', 'GHSA-3'],
    )
    const stated = read({ predicateType: 'https://openvex.dev/ns/v0.2.0', predicate: OPEN_VEX })
    assert.ok(stated?.kind === 'statement')
    assert.deepEqual(stated.predicate, summary)
    assert.ok(summaryLines(stated).some(([name, value]) => name === 'claims' && value === 'fixed ×2, not_affected ×1'))
  })

  test('CycloneDX with an analysis is VEX, without one an SBOM', () => {
    const document = (analysis: object | undefined) => ({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      components: [{ type: 'library', name: 'a' }],
      vulnerabilities: [{ id: 'CVE-1', affects: [{ ref: 'a' }], ...(analysis !== undefined && { analysis }) }],
    })
    const summary = read(document({ state: 'exploitable', detail: 'soon' }))
    assert.ok(summary?.kind === 'vex')
    assert.deepEqual(
      [summary.format, summary.claims[0]?.status, summary.claims[0]?.reason],
      ['CycloneDX 1.6', 'exploitable', 'soon'],
    )
    assert.equal(read(document(undefined))?.kind, 'sbom')
  })

  test('CSAF: a claim for each vulnerability and status; odd shapes are no claims', () => {
    const csaf = (vulnerabilities: unknown) => ({
      document: { category: 'csaf_vex', publisher: { name: 'p' }, tracking: { current_release_date: 't' } },
      vulnerabilities,
    })
    const summary = read(csaf([{ cve: 'CVE-1', product_status: { fixed: ['A', 7], known_affected: ['B'] } }]))
    assert.ok(summary?.kind === 'vex')
    assert.deepEqual(
      summary.claims.map(({ status, products }) => [status, products]),
      [
        ['fixed', ['A']],
        ['known_affected', ['B']],
      ],
    )
    for (const odd of [null, 3, [null, 3, { product_status: 4 }], { a: 1 }]) assert.equal(read(csaf(odd))?.kind, 'vex')
  })
})
