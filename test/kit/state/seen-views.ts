import assert from 'node:assert/strict'
import type { Finding } from '../../../src/check/finding.ts'
import { artifactPage } from '../../../src/cli/interface/artifact-page.ts'
import type { FilePath } from '../../../src/layer/file-path.ts'
import { artifactFacts } from '../../../src/session/artifact/artifact-facts.ts'
import type { Action } from '../../../src/state/model/action.ts'
import { firstState } from '../../../src/state/model/first-state.ts'
import type { State } from '../../../src/state/model/state.ts'
import { ARTIFACT_SAMPLES } from '../image/artifact-samples.ts'
import { attestationFixture } from '../image/attestation-fixture.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, memorySource } from '../image/image-fixture.ts'
import { openedState, play as pressed } from './opened-state.ts'
import { readImageState } from './read-image-state.ts'

const FILES = { 'etc/conf': 'one\n', 'etc/link': { flag: '2', link: 'conf' }, 'usr/lib/big': 'x'.repeat(4000) } as const

/** The image that most views show: three layers that are read. */
export const { state, play } = await readImageState([
  layerFixture(FILES),
  layerFixture({ 'etc/conf': 'two\n', 'usr/lib/.wh.big': '' }),
  layerFixture({ 'etc/conf': 'three\n', 'usr/lib/new': 'y'.repeat(2000) }),
])

/**
 * Every view with something in it, the way a person comes to it. A name begins with the view's id; what follows a colon is the shape
 * that the view has there.
 */
export async function seenViews(): Promise<Readonly<Record<string, State>>> {
  return { ...fileViews(), ...layerViews(), ...findingViews(), ...placeViews(), ...compareViews(), ...(await artifactViews()) }
}

function fileViews(): Readonly<Record<string, State>> {
  const onPath = (name: string) => play(state, '2', 'E', '/', ...name, 'enter')
  const versions = play(onPath('conf'), 'v')
  return {
    files: onPath('conf'),
    'files: one layer': play(onPath('conf'), 't', 't'),
    'files: mode, owner and time': play(onPath('conf'), 'm', 'm'),
    'files: a filter': play(state, '2', 'f', ...'conf', 'enter'),
    waste: play(state, '3'),
    'waste: by layers': play(state, '3', 't'),
    'waste: by directories': play(state, '3', 't', 't'),
    'waste: by causes': play(state, '3', 't', 't', 't'),
    biggest: play(state, '4'),
    file: play(onPath('conf'), 'enter'),
    'file: hexadecimal': play(onPath('conf'), 'enter', 'x'),
    versions,
    difference: play(versions, 'd'),
    treemap: play(state, '2', 'M'),
    'files: none': play(state, '2', 'f', ...'nosuch', 'enter'),
    'waste: none': play(state, '3', 'f', ...'nosuch', 'enter'),
    'biggest: none': play(state, '4', 'f', ...'nosuch', 'enter'),
  }
}

const bare = await readImageState([layerFixture({ alone: 'x' })])

function layerViews(): Readonly<Record<string, State>> {
  return {
    story: play(state, '0'),
    layers: play(state, '1'),
    details: play(state, '1', 'd'),
    matrix: play(state, '1', 't'),
    'matrix: nothing is hidden': play(bare.state, '1', 't'),
    'story: nothing is hidden': play(bare.state, '0'),
    manifest: play(state, '5'),
    config: play(state, '5', '5'),
    'config: the document': play(state, '5', '5', 'x'),
    history: play(state, '6'),
    ids: play(state, '7'),
    plan: play(state, '1', 'space', 'j', 'V', 's'),
    'plan: every layer': play(state, '1', 'space', 'j', 'V', 's', 'right'),
  }
}

function findingViews(): Readonly<Record<string, State>> {
  const finding: Finding = {
    id: 'waste/package-cache',
    severity: 'warning',
    layer: 0,
    hiddenBy: null,
    path: 'etc/conf' as FilePath,
    bytes: 4,
    hiddenBytes: 0,
    title: 'a cache is kept',
    detail: '',
    fix: 'remove it',
    inBase: false,
    fingerprint: 'one',
    evidence: {},
  }
  const other = { ...finding, id: 'user/root', layer: null, path: null, fingerprint: 'two' }
  const checked = play(state, { type: 'checked', id: 'shown', findings: [finding, other], texts: new Map(), isWhole: true })
  return {
    'story: with findings': play(checked, '0'),
    findings: play(checked, '!'),
    'findings: unfolded': play(checked, '!', 'E'),
    'findings: none match': play(checked, '!', 'f', ...'nosuch', 'enter'),
    'findings: none': play(state, '!'),
    explanation: play(checked, '!', 'd'),
  }
}

/** Views of places: the start screen and its search, a registry's lists, an index, what is served. */
function placeViews(): Readonly<Record<string, State>> {
  const item = { reference: './app', label: 'app', detail: 'OCI layout', group: 'here' } as const
  const repository = { ...item, reference: 'registry.example/team/app', label: 'team/app', group: 'registry' } as const
  const [start] = pressed(firstState(state.size), { type: 'found', candidates: [item, { ...item, label: 'other' }] })
  const hits = [item, repository]
  const [searched] = pressed(start, '/', ...'app', { type: 'searched', text: 'app', hits, images: 3, isReading: false }, 'enter')
  const listed = (argument: string, names: readonly string[], more: boolean): State =>
    pressed(
      firstState(state.size),
      { type: 'command', command: 'start.browse', argument },
      { type: 'listed', names: names.map(name => ({ name })), more, notices: [] },
    )[0]
  const tags = pressed(searched, 'j', 'enter', {
    type: 'listed',
    names: [{ name: 'latest' }, { name: '1.0', facts: { size: 7000, created: '2024-01-02T03:04:05Z', note: 'linux/amd64' } }],
    more: false,
    notices: [],
  })[0]
  const served = { origin: 'http://127.0.0.1:5000', names: ['app  1'], warnings: [] }
  return {
    start,
    'start: nothing is here': firstState(state.size),
    'start: nothing answers': pressed(searched, { type: 'searched', text: 'app', hits: [], images: 3, isReading: false })[0],
    'browse: nothing is listed': listed('registry.example', [], false),
    'browse: no name matches': pressed(listed('registry.example', ['app', 'base'], false), 'f', ...'nosuch', 'enter')[0],
    'serve: its documents are read': pressed(play(state, '@'))[0],
    'start: a search': searched,
    browse: listed('registry.example', ['app', 'base'], true),
    'browse: a filter': pressed(listed('registry.example', ['app', 'base'], false), 'f', ...'app', 'enter')[0],
    'browse: tags': tags,
    'browse: an engine': listed('docker-daemon:', ['app:1', 'base:1'], false),
    serve: pressed(
      play(state, '@'),
      { type: 'serving', served: { ...served, pulls: [{ client: 'docker', command: 'docker pull app' }] } },
      {
        type: 'served',
        requests: [{ method: 'GET', path: '/v2/', status: 200, bytes: 2, milliseconds: 1, client: '127.0.0.1' }],
      },
    )[0],
    index: play(state, '8'),
    blob: play(state, '8', 'x'),
  }
}

/** Two images, and several. */
function compareViews(): Readonly<Record<string, State>> {
  const found = state.image?.image ?? assert.fail()
  const compared = play(state, '1', 'g', '=', 'G', '=', 't', 'E')
  const pages = ['summary', 'files', 'layers', 'packages', 'settings'] as const
  return {
    'shared: their documents are read': play(state, '8', 'space', '&'),
    shared: play(state, '8', 'space', '&', {
      type: 'set-loaded',
      images: [':1', ':2'].map(suffix => ({ wanted: 0, suffix, found })),
    }),
    ...Object.fromEntries(
      pages.map(page => [`compare: ${page}`, play(compared, { type: 'command', command: `compare.${page}` })]),
    ),
  }
}

/** An artifact's page, attestations, the platforms and referrers of an index. */
async function artifactViews(): Promise<Readonly<Record<string, State>>> {
  const chart = ARTIFACT_SAMPLES['chart'] ?? assert.fail()
  const opened = await openedState(chart)
  const image = opened.image?.image ?? assert.fail()
  const page = artifactPage(image, await artifactFacts(memorySource(chart), image, new AbortController().signal))
  const [config] = pressed(opened, { type: 'artifact-described', page }, '5', '5')

  const own = imageFixture([layerFixture(FILES)])
  const second = imageFixture([layerFixture({ a: 'a' })], { platform: { os: 'linux', architecture: 'arm64' } })
  const index = indexFixture([own, second, attestationFixture(own)])
  const platforms = pressed(await openedState(index), '8')[0]
  const attestation = answered(index.blobs, platforms, 'G', 'k', 'enter')
  const remote = { ...platforms, image: platforms.image && { ...platforms.image, remote: true } }
  const { descriptor } = ARTIFACT_SAMPLES['signature'] ?? assert.fail()
  const referrers = pressed(remote, {
    type: 'referrers-found',
    subject: index.descriptor.digest,
    referrers: [{ descriptor, artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json', via: 'api' }],
  })[0]
  return {
    'config: an artifact': config,
    'files: an artifact': pressed(config, '2')[0],
    'layers: an artifact': pressed(config, '1')[0],
    'story: an artifact': pressed(config, '0')[0],
    'index: several platforms': platforms,
    'index: an attestation': attestation,
    'index: referrers': referrers,
    'blob: an attestation': answered(index.blobs, attestation, 'j', 'enter'),
  }
}

/** The state after keys whose blobs are read from a fixture at once. */
function answered(blobs: ImageFixture['blobs'], before: State, ...actions: readonly (Action | string)[]): State {
  let now = before
  for (const action of actions) {
    const [next, effects] = pressed(now, action)
    now = next
    for (const effect of effects) {
      if (effect.type !== 'read-blob') continue
      const bytes = blobs.get(effect.blob.digest) ?? assert.fail()
      now = answered(blobs, now, { type: 'content', tag: effect.tag, bytes, offset: 0, size: bytes.length })
    }
  }
  return now
}
