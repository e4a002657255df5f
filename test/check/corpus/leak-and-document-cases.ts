import { EROFS_SAMPLE } from '../../kit/image/filesystem-samples.ts'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { elfFixture } from '../../kit/samples/elf-fixture.ts'
import { casesOf, type FindingCase } from './finding-case.ts'

const git = { 'app/.git/HEAD': 'ref: refs/heads/main\n', 'app/.git/objects/': {}, 'app/.git/config': '[core]\n' }
const label = (key: string, value: string) => ({ config: { Labels: { [`org.opencontainers.image.${key}`]: value } } })
const steps = (count: number, text = 'RUN /bin/sh -c true # buildkit') =>
  Array.from({ length: count }, () => ({ created_by: text }))
const layers = (count: number) => Array.from({ length: count }, (_, index) => ({ [`f${index}`]: String(index) }))
/** Times of the minutes before the layer's date. */
const fresh = (names: readonly string[], mtime: number) =>
  Object.fromEntries(names.map((name, index) => [name, { content: name, mtime: mtime + index }]))
const DATE = Date.UTC(2024, 0, 2, 3, 4, 5) / 1000

export const LEAK_AND_DOCUMENT_CASES: readonly FindingCase[] = [
  ...casesOf(
    'leak/git-directory',
    {
      'a repository': { severity: 'error', path: 'app/.git', layers: [git] },
      'with packed refs': { severity: 'error', layers: [{ '.git/HEAD': 'x', '.git/packed-refs': 'y' }] },
      'two layers make one': { severity: 'error', layers: [{ 'a/.git/HEAD': 'x' }, { 'a/.git/objects/ab/cd': 'y' }] },
    },
    {
      'a file, as a submodule has': { layers: [{ 'app/.git': 'gitdir: ../.git/modules/x\n' }] },
      'removed by a later layer': { layers: [git, { 'app/.wh..git': '' }] },
      'below node_modules is no error': {
        severity: 'error',
        layers: [{ 'node_modules/x/.git/HEAD': 'x', 'node_modules/x/.git/objects/': {} }],
      },
      'an empty directory': { layers: [{ 'app/.git/': {} }] },
    },
  ),
  ...casesOf(
    'leak/dotenv',
    {
      '.env': { path: 'app/.env', layers: [{ 'app/.env': 'PORT=80\nDB_PASSWORD=hunter2hunter2\n' }] },
      '.env.production': { layers: [{ '.env.production': 'export API_TOKEN="q8Hd72kQpz0sLx"\n' }] },
      'a secret key': { layers: [{ 'srv/.env.local': 'SECRET_KEY=d8f7a6s5d4f3a2s1x9\n' }] },
    },
    {
      '.env.example': { layers: [{ 'app/.env.example': 'DB_PASSWORD=hunter2hunter2\n' }] },
      'public names': { layers: [{ 'app/.env': 'NEXT_PUBLIC_API_KEY=q8Hd72kQpz0sLx\nVITE_TOKEN=q8Hd72kQpz0sLx\n' }] },
      'no secrets': { layers: [{ 'app/.env': 'PORT=8080\nNODE_ENV=production\n' }] },
      placeholders: { layers: [{ 'app/.env': 'DB_PASSWORD=changeme\nAPI_TOKEN=\nSECRET=$SECRET\n' }] },
      removed: { layers: [{ 'app/.env': 'DB_PASSWORD=hunter2hunter2\n' }, { 'app/.wh..env': '' }] },
    },
  ),
  ...casesOf(
    'leak/editor-os',
    {
      '.DS_Store': { path: 'app/.DS_Store', layers: [{ 'app/.DS_Store': 'x' }] },
      '.vscode': { layers: [{ 'app/.vscode/settings.json': '{}' }] },
      'a Dockerfile': { layers: [{ 'app/Dockerfile': 'FROM x' }] },
      'a swap file': { layers: [{ 'app/.main.py.swp': 'x' }] },
    },
    {
      'below node_modules': { layers: [{ 'app/node_modules/x/.DS_Store': 'x' }] },
      'below usr/share': { layers: [{ 'usr/share/doc/x/Dockerfile': 'FROM x' }] },
      'a directory of the name': { layers: [{ 'app/Dockerfile/': {} }] },
      'other names': { layers: [{ 'app/Dockerfile.md': 'x', 'app/idea': 'x' }] },
    },
  ),
  ...casesOf(
    'leak/build-context',
    {
      'COPY .': {
        history: [{ created_by: 'COPY . /app # buildkit' }],
        layers: [
          {
            'app/Dockerfile': '',
            'app/.dockerignore': '',
            'app/docker-compose.yml': '',
            'app/.DS_Store': '',
            'app/tests/a.js': '',
          },
        ],
      },
      'classic docker': {
        history: [{ created_by: '/bin/sh -c #(nop) COPY dir:abc in /app ' }],
        layers: [
          {
            'app/Dockerfile': '',
            'app/.github/x.yml': '',
            'app/docker-compose.yml': '',
            'app/.vscode/a': '',
            'app/docs/a.md': '',
          },
        ],
      },
      'ADD ./': {
        history: [{ created_by: 'ADD --chown=1:1 ./ /srv/ # buildkit' }],
        layers: [{ 'srv/Dockerfile': '', 'srv/.idea/a': '', 'srv/compose.yaml': '', 'srv/.gitlab-ci.yml': '', 'srv/test/a': '' }],
      },
    },
    {
      'chosen files': {
        history: [{ created_by: 'COPY src /app # buildkit' }],
        layers: [
          { 'app/Dockerfile': '', 'app/.dockerignore': '', 'app/compose.yml': '', 'app/.DS_Store': '', 'app/tests/a': '' },
        ],
      },
      'nothing of an editor': {
        history: [{ created_by: 'COPY . /app # buildkit' }],
        layers: [{ 'app/main.js': '', 'app/tests/a.js': '' }],
      },
      'no tests or documentation': {
        history: [{ created_by: 'COPY . /app # buildkit' }],
        layers: [{ 'app/Dockerfile': '', 'app/.dockerignore': '', 'app/compose.yml': '', 'app/.DS_Store': '' }],
      },
    },
  ),
  ...casesOf(
    'leak/core-dump',
    {
      core: { path: 'core', layers: [{ core: { content: elfFixture({ type: 4 }) } }] },
      'core with a number': { layers: [{ 'var/crash/core.4711': { content: elfFixture({ type: 4 }) } }] },
      'a Java heap': { layers: [{ 'app/java_pid1.hprof': 'JAVA PROFILE 1.0.2\0' }] },
    },
    {
      'a program called core': { layers: [{ 'usr/bin/core': { content: elfFixture(), mode: 0o755 } }] },
      'a directory': { layers: [{ 'app/core/': {}, 'app/core/x.js': '' }] },
      'a source file': { layers: [{ 'app/core.js': 'x', 'app/core.py': 'y' }] },
    },
  ),
  ...casesOf(
    'layer/tiny',
    {
      'twelve in a row': { layers: layers(12), history: steps(12) },
      twenty: { layers: layers(20), history: steps(20) },
      'eleven after a large one': { layers: [{ big: require64() }, ...layers(11)], history: steps(12) },
    },
    {
      ten: { layers: layers(10), history: steps(10) },
      nix: { layers: layers(12), history: Array.from({ length: 12 }, () => ({ comment: "store paths: ['/nix/store/x']" })) },
      jib: { layers: layers(12), history: steps(12, 'jib-maven-plugin:3.4.0') },
    },
  ),
  ...casesOf(
    'layer/many',
    {
      '101 layers': { layers: layers(101), history: steps(101) },
      '110 layers': { layers: layers(110), history: steps(110) },
      '125 of nix': {
        layers: layers(125),
        history: Array.from({ length: 125 }, () => ({ comment: "store paths: ['/nix/store/x']" })),
      },
    },
    {
      '100 layers': { layers: layers(100), history: steps(100) },
      '3 layers': { layers: layers(3), history: steps(3) },
      '110 of nix': {
        layers: layers(110),
        history: Array.from({ length: 110 }, () => ({ comment: "store paths: ['/nix/store/x']" })),
      },
    },
  ),
  ...casesOf(
    'layer/empty',
    {
      'no entries': { layers: [{ a: 'a' }, {}] },
      'the first': { layers: [{}, { a: 'a' }] },
      'only one layer': { layers: [{}] },
    },
    {
      'a directory': { layers: [{ 'app/': {} }] },
      'a whiteout': { layers: [{ a: 'a' }, { '.wh.a': '' }] },
      'a file': { layers: [{ a: '' }] },
    },
  ),
  ...casesOf(
    'meta/annotations',
    {
      nothing: { config: { Labels: {} } },
      'others only': label('created', '2024-01-01T00:00:00Z'),
      "somebody else's": { config: { Labels: { maintainer: 'x' } } },
    },
    {
      'a source': label('source', 'https://example.com/x'),
      'an annotation': { annotations: { 'org.opencontainers.image.revision': 'abc' } },
      'label-schema': { config: { Labels: { 'org.label-schema.vcs-url': 'https://example.com' } } },
    },
  ),
  ...casesOf(
    'meta/invalid',
    {
      'a date in words': label('created', 'yesterday'),
      'no SPDX': label('licenses', 'GPL version 2'),
      'no URL': label('url', 'example dot com'),
      'no digest': label('base.digest', 'latest'),
      'a name without a host': label('base.name', 'debian:12'),
      'an unknown key': label('licence', 'MIT'),
    },
    {
      'a date': label('created', '2024-01-01T00:00:00.5+02:00'),
      'an expression': label('licenses', '(MIT OR Apache-2.0) AND LicenseRef-x AND GPL-2.0-only WITH Classpath-exception-2.0'),
      'a URL': label('source', 'git@github.com:a/b.git'),
      empty: label('licenses', ''),
      "somebody else's key": { config: { Labels: { licenses: 'whatever' } } },
      'a whole name': label('base.name', 'docker.io/library/debian:12'),
    },
  ),
  ...casesOf(
    'meta/dates',
    {
      'the future': { document: { created: '2031-01-01T00:00:00Z' } },
      'before images': { document: { created: '2009-01-01T00:00:00Z' } },
      'far away': { document: { created: '9999-01-01T00:00:00Z' } },
    },
    {
      'the epoch': { document: { created: '1970-01-01T00:00:00Z' } },
      buildpacks: { document: { created: '1980-01-01T00:00:01Z' } },
      bazel: { document: { created: '0001-01-01T00:00:00Z' } },
      today: { document: { created: '2025-12-31T00:00:00Z' } },
    },
  ),
  ...casesOf(
    'meta/media-type',
    {
      'gzip that is not': {
        layers: [layerFixture({ a: 'a' }, { compression: 'none', mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' })],
      },
      "docker's type in an OCI manifest": {
        layers: [layerFixture({ a: 'a' }, { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' })],
      },
      'not to be distributed': {
        layers: [layerFixture({ a: 'a' }, { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' })],
      },
    },
    {
      'as it says': { layers: [{ a: 'a' }] },
      zstd: { layers: [layerFixture({ a: 'a' }, { compression: 'zstd' })] },
      'a plain tar': { layers: [layerFixture({ a: 'a' }, { compression: 'none' })] },
      'a file system image': {
        layers: [{ tar: EROFS_SAMPLE, compression: 'none', blob: EROFS_SAMPLE, mediaType: 'application/vnd.erofs' }],
      },
      'a whole docker manifest': {
        layers: [layerFixture({ a: 'a' }, { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' })],
        manifest: { mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
      },
    },
  ),
  ...casesOf(
    'net/ssh',
    {
      '22': { config: { ExposedPorts: { '22/tcp': {} } } },
      '22 without a protocol': { config: { ExposedPorts: { '22': {} } } },
      '3389': { config: { ExposedPorts: { '80/tcp': {}, '3389/tcp': {} } } },
    },
    {
      '80': { config: { ExposedPorts: { '80/tcp': {} } } },
      '22/udp': { config: { ExposedPorts: { '22/udp': {} } } },
      none: { config: {} },
    },
  ),
  ...casesOf(
    'net/docker-api',
    {
      '2375': { config: { ExposedPorts: { '2375/tcp': {} } } },
      '2376': { config: { ExposedPorts: { '2376/tcp': {} } } },
      both: { config: { ExposedPorts: { '2375': {}, '2376': {} } } },
    },
    {
      '2377': { config: { ExposedPorts: { '2377/tcp': {} } } },
      '2375/udp': { config: { ExposedPorts: { '2375/udp': {} } } },
      none: { config: {} },
    },
  ),
  ...casesOf(
    'repro/timestamps',
    {
      'minutes before': {
        layers: [fresh(['a', 'b', 'c', 'd'], DATE - 300)],
        history: [{ created_by: 'x', created: '2024-01-02T03:04:05Z' }],
      },
      'seconds before': {
        layers: [fresh(['a', 'b', 'c'], DATE - 20)],
        history: [{ created_by: 'x', created: '2024-01-02T03:04:05Z' }],
      },
      'the second layer': {
        layers: [{ a: 'a' }, fresh(['b', 'c', 'd', 'e'], DATE - 100)],
        history: [
          { created_by: 'x', created: '2020-01-01T00:00:00Z' },
          { created_by: 'y', created: '2024-01-02T03:04:05Z' },
        ],
      },
    },
    {
      clamped: {
        layers: [{ a: { content: 'a', mtime: DATE }, b: { content: 'b', mtime: DATE }, c: { content: 'c', mtime: DATE } }],
        history: [{ created_by: 'x', created: '2024-01-02T03:04:05Z' }],
      },
      'years before': {
        layers: [fresh(['a', 'b', 'c'], DATE - 90_000_000)],
        history: [{ created_by: 'x', created: '2024-01-02T03:04:05Z' }],
      },
      'no date': { layers: [fresh(['a', 'b', 'c'], DATE - 20)], history: [{ created_by: 'x' }] },
    },
  ),
  ...casesOf(
    'repro/volatile-files',
    {
      dpkg: { path: 'var/log/dpkg.log', layers: [{ 'var/log/dpkg.log': 'x' }] },
      ldconfig: { layers: [{ 'var/cache/ldconfig/aux-cache': 'x' }] },
      apt: { layers: [{ 'var/log/apt/history.log': 'x' }] },
    },
    {
      empty: { layers: [{ 'var/log/dpkg.log': '' }] },
      removed: { layers: [{ 'var/log/dpkg.log': 'x' }, { 'var/log/.wh.dpkg.log': '' }] },
      'an application': { layers: [{ 'var/log/app.log': 'x' }] },
    },
  ),
  ...casesOf(
    'repro/direct-url',
    {
      'a local path': { layers: [{ 'usr/lib/python3/site-packages/x-1.dist-info/direct_url.json': '{"url":"file:///build"}' }] },
      'in a venv': { layers: [{ 'venv/lib/python3.11/site-packages/y-2.dist-info/direct_url.json': '{}' }] },
      'of a user': { layers: [{ 'root/.local/lib/python3.11/site-packages/z-3.dist-info/direct_url.json': '{}' }] },
    },
    {
      elsewhere: { layers: [{ 'app/direct_url.json': '{}' }] },
      'a directory': { layers: [{ 'x-1.dist-info/direct_url.json/': {} }] },
      'other files': { layers: [{ 'usr/lib/python3/site-packages/x-1.dist-info/RECORD': '' }] },
    },
  ),
  ...casesOf(
    'repro/tar-order',
    {
      'no order': { layers: [Object.fromEntries(shuffled(80).map(index => [`d/f${index}`, '']))] },
      backwards: { layers: [Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`d/f${String(99 - index)}`, '']))] },
      'in several directories': {
        layers: [Object.fromEntries(shuffled(90).map(index => [`d${index % 3}/f${String(index).padStart(3, '0')}`, '']))],
      },
    },
    {
      'by bytes': {
        layers: [Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`d/f${String(index).padStart(3, '0')}`, '']))],
      },
      few: { layers: [Object.fromEntries(shuffled(40).map(index => [`d/f${index}`, '']))] },
      'directories first': {
        layers: [
          {
            ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`z${String(i).padStart(2, '0')}/`, {}])),
            ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`zz${String(i).padStart(2, '0')}`, ''])),
          },
        ],
      },
    },
  ),
  ...casesOf(
    'run/refused',
    {
      'a file and its whiteout': { layers: [layerFixture([{ name: 'a', content: 'x' }, { name: '.wh.a' }])] },
      'a name twice': {
        layers: [
          layerFixture([
            { name: 'a', content: 'x' },
            { name: 'a', content: 'y' },
          ]),
        ],
      },
      'a hard link to a lower layer': { layers: [{ a: 'x' }, { b: { flag: '1', link: 'a' } }] },
      'below a file': {
        layers: [
          layerFixture([
            { name: 'a', content: 'x' },
            { name: 'a/b', content: 'y' },
          ]),
        ],
      },
      'a name too long': { layers: [{ ['x'.repeat(256)]: 'x' }] },
    },
    {
      'a whiteout and another file': { layers: [{ a: 'a' }, { '.wh.a': '', b: 'b' }] },
      'a whiteout of nothing': { layers: [{ '.wh.a': '' }] },
      'a hard link behind its target': { layers: [{ a: 'x', b: { flag: '1', link: 'a' } }] },
      'a whiteout through a symlink': { layers: [{ 'd/a': 'a', l: { flag: '2', link: 'd' } }, { 'l/.wh.a': '' }] },
    },
  ),
  ...casesOf(
    'semantics/differ',
    {
      'a whiteout through a symlink': { layers: [{ 'd/a': 'a', l: { flag: '2', link: 'd' } }, { 'l/.wh.a': '' }] },
      "a whiteout in overlay's own form": { layers: [{ a: 'a' }, { a: { flag: '3', device: [0, 0] } }] },
      'below a symlink of a lower layer': { layers: [{ 'd/': {}, l: { flag: '2', link: 'd' } }, { 'l/x': 'x' }] },
    },
    {
      'a plain whiteout': { layers: [{ a: 'a' }, { '.wh.a': '' }] },
      'an opaque directory that is listed': { layers: [{ 'd/a': 'a' }, { 'd/': {}, 'd/.wh..wh..opq': '', 'd/b': 'b' }] },
      'layers that add': { layers: [{ a: 'a' }, { b: 'b' }] },
    },
  ),
]

function require64(): string {
  return Array.from({ length: 4000 }, (_, index) => Math.imul(index + 7, 2654435761) >>> 0).join('')
}

/** Numbers below `count` in an order that is none: sorted by a cube modulo a prime. */
function shuffled(count: number): readonly number[] {
  const key = (index: number) => ((index + 11) ** 3 * 7919) % 9973
  return Array.from({ length: count }, (_, index) => index).sort((a, b) => key(a) - key(b))
}
