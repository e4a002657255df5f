// The evidence beside the files of a release, so that others can check them: digests, a bill of materials (CycloneDX 1.6), and a statement of
// where they come from (in-toto Statement v1 with SLSA Provenance v1; not signed: signing is part of publishing).
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { basename, join } from 'node:path'
import { INTEGRITY } from './node-executable.js'
import { root, sourceOf, VERSION } from './source.js'

const [SUMS, MATERIALS, PROVENANCE] = ['SHA256SUMS', 'peel.cdx.json', 'peel.provenance.json']
const HOME = 'https://github.com/peel-oci/peel'

/** Writes all three. @returns their paths */
export function writeEvidence(directory, files, architectures) {
  const [materials, provenance] = [join(directory, MATERIALS), join(directory, PROVENANCE)]
  fs.writeFileSync(materials, json(billOfMaterials(architectures)))
  fs.writeFileSync(provenance, json(statement([...files, materials], architectures)))
  const sums = [...files, materials, provenance].map(file => `${digestOf(file)}  ${basename(file)}\n`).sort()
  fs.writeFileSync(join(directory, SUMS), sums.join(''))
  return [materials, provenance, join(directory, SUMS)]
}

/**
 * Holds a directory against its own evidence: every file has its digest, none is missing or untold, and both documents say the same.
 * @returns what is wrong, a sentence each
 */
export function problemsOf(directory) {
  const named = new Map(
    fs
      .readFileSync(join(directory, SUMS), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => [line.slice(66), line.slice(0, 64)]),
  )
  const here = fs.readdirSync(directory).filter(name => name !== SUMS)
  const { subject } = JSON.parse(fs.readFileSync(join(directory, PROVENANCE), 'utf8'))
  const claimed = new Map(subject.map(({ name, digest }) => [name, digest.sha256]))
  const materials = JSON.parse(fs.readFileSync(join(directory, MATERIALS), 'utf8'))
  const packages = JSON.parse(fs.readFileSync(join(root, 'dist/packages.json'), 'utf8'))
  const listed = new Set(materials.components.map(({ name, version }) => `${name}@${version}`))
  return [
    ...[...named.keys()].filter(name => !here.includes(name)).map(name => `${name} is missing`),
    ...here.filter(name => !named.has(name)).map(name => `${name} is not in ${SUMS}`),
    ...here
      .filter(name => named.has(name) && digestOf(join(directory, name)) !== named.get(name))
      .map(name => `${name} has another digest`),
    ...here
      .filter(name => name !== PROVENANCE && claimed.get(name) !== named.get(name))
      .map(name => `${name} is not as ${PROVENANCE} says`),
    ...packages
      .filter(({ name, version }) => !listed.has(`${name}@${version}`))
      .map(({ name }) => `${name} is not in ${MATERIALS}`),
  ]
}

function billOfMaterials(architectures) {
  const packages = JSON.parse(fs.readFileSync(join(root, 'dist/packages.json'), 'utf8'))
  const version = process.versions.node
  const node = architectures.map(each => ({
    name: `node-linux-${each}`,
    version,
    license: 'MIT',
    integrity: INTEGRITY[`node-linux-${each}@${version}`],
  }))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: time(),
      component: {
        type: 'application',
        'bom-ref': `pkg:npm/peel@${VERSION}`,
        name: 'peel',
        version: VERSION,
        purl: `pkg:npm/peel@${VERSION}`,
        licenses: [{ license: { id: 'MIT' } }],
      },
    },
    components: [...packages, ...node].map(component),
    dependencies: [{ ref: `pkg:npm/peel@${VERSION}`, dependsOn: [...packages, ...node].map(purl) }],
  }
}

function component({ name, version, license, integrity }) {
  const content = integrity === undefined ? undefined : Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex')
  return {
    type: 'library',
    'bom-ref': purl({ name, version }),
    name,
    version,
    purl: purl({ name, version }),
    ...(license === undefined ? {} : { licenses: [/ /.test(license) ? { expression: license } : { license: { id: license } }] }),
    ...(content === undefined ? {} : { hashes: [{ alg: 'SHA-512', content }] }),
  }
}

function purl({ name, version }) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function statement(files, architectures) {
  const { commit, epoch } = sourceOf()
  const version = process.versions.node
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(file => ({ name: basename(file), digest: { sha256: digestOf(file) } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `${HOME}/blob/main/bin/release/release.js`,
        externalParameters: { version: VERSION, architectures },
        internalParameters: { sourceDateEpoch: epoch },
        resolvedDependencies: [
          { uri: `git+${HOME}`, digest: { gitCommit: commit } },
          { uri: 'package-lock.json', digest: { sha256: digestOf(join(root, 'package-lock.json')) } },
          ...architectures.map(each => ({
            uri: `pkg:npm/node-linux-${each}@${version}`,
            digest: { sha512: Buffer.from(INTEGRITY[`node-linux-${each}@${version}`].slice(7), 'base64').toString('hex') },
          })),
        ],
      },
      runDetails: {
        builder: { id: `${HOME}/blob/main/bin/release/release.js` },
        metadata: { startedOn: time(), finishedOn: time() },
      },
    },
  }
}

function time() {
  return new Date(sourceOf().epoch * 1000).toISOString().replace('.000', '')
}

export function digestOf(file) {
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex')
}

function json(value) {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
