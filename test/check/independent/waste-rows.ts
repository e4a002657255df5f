import { sectionedElf } from '../../kit/samples/elf-fixture.ts'
import { casesOf, type FindingCase, filler } from '../corpus/finding-case.ts'

/** Bytes that could be left out. A megabyte is a little more than one here, so that the limits are passed. */
const MB = 1_100_000
const big = (megabytes: number, seed: string) => filler(Math.round(megabytes * MB), seed)

type Package = { readonly name: string; readonly size?: number; readonly fields?: string }

/** The status of packages of Debian, each with one file of so many megabytes. */
function packages(list: readonly Package[], automatic?: readonly string[]): Readonly<Record<string, string>> {
  const status = list.map(
    ({ name, fields = '' }) =>
      `Package: ${name}\nStatus: install ok installed\nPriority: optional\nArchitecture: amd64\nVersion: 1.0-1\n${fields}Description: x\n\n`,
  )
  const states = automatic?.map(name => `Package: ${name}\nArchitecture: amd64\nAuto-Installed: 1\n\n`).join('')
  return {
    'var/lib/dpkg/status': status.join(''),
    ...Object.fromEntries(list.map(({ name }) => [`var/lib/dpkg/info/${name}.list`, `/.\n/usr/lib/${name}/data\n`])),
    ...Object.fromEntries(list.map(({ name, size = 0.001 }) => [`usr/lib/${name}/data`, big(size, name)])),
    ...(states !== undefined && { 'var/lib/apt/extended_states': states }),
  }
}

const base = { 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n', ...packages([{ name: 'base-files' }]) }
const baseHistory = [{ created_by: 'base' }, { created_by: 'RUN /bin/sh -c apt-get install -y x # buildkit' }]

export const WASTE_ROWS: readonly FindingCase[] = [
  ...casesOf(
    'waste/package-cache',
    {
      'lists of apt': {
        layers: [{ 'var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages': big(2, 'lists') }],
      },
      'archives of apt, removed too late': {
        layers: [
          { 'var/cache/apt/archives/curl_8.0_amd64.deb': big(2, 'deb') },
          { 'var/cache/apt/archives/.wh.curl_8.0_amd64.deb': '' },
        ],
      },
      'index of apk': { layers: [{ 'var/cache/apk/APKINDEX.0a1b2c3d.tar.gz': big(2, 'apk') }] },
      "pip's": { layers: [{ 'root/.cache/pip/http-v2/a/b/c': big(2, 'pip') }] },
      "npm's": { layers: [{ 'root/.npm/_cacache/content-v2/sha512/ab/cd': big(2, 'npm') }] },
      "dnf's": { layers: [{ 'var/cache/dnf/baseos-1234/repodata/primary.xml.gz': big(2, 'dnf') }] },
      "go's": { layers: [{ 'root/.cache/go-build/00/00aa-d': big(2, 'go') }] },
      "a user's": {
        layers: [{ 'etc/passwd': 'ci:x:1000:1000::/srv/ci:/bin/sh\n', 'srv/ci/.cache/pip/http/x': big(2, 'home pip') }],
      },
    },
    {
      'what dist-clean leaves': {
        layers: [{ 'var/lib/apt/lists/lock': '', 'var/lib/apt/lists/partial/': {}, 'var/lib/apt/lists/auxfiles/': {} }],
      },
      'a little': { layers: [{ 'root/.cache/pip/x': filler(20_000) }] },
      'a directory of that name in the application': { layers: [{ 'app/src/pip/http/data.bin': big(2, 'not pip') }] },
      'browsers are meant': {
        severity: 'warning',
        layers: [{ 'root/.cache/ms-playwright/chromium-1/chrome': big(2, 'browser') }],
      },
      "apk's scripts": { layers: [{ 'lib/apk/db/scripts.tar': big(2, 'scripts') }] },
    },
  ),
  ...casesOf(
    'waste/hidden',
    {
      'removed by the next layer': {
        severity: 'warning',
        layers: [{ 'opt/a.bin': big(1, 'a'), 'app/x': big(1, 'x') }, { 'opt/.wh.a.bin': '' }],
      },
      replaced: { layers: [{ 'app/data.bin': big(2, 'old') }, { 'app/data.bin': big(2, 'new') }] },
      opaque: { layers: [{ 'app/a/one': big(2, 'one') }, { 'app/a/.wh..wh..opq': '', 'app/a/two': 'x' }] },
    },
    {
      nothing: { layers: [{ 'app/a': big(1, 'p') }, { 'app/b': big(1, 'q') }] },
      'a little of much': { layers: [{ 'app/a': big(2, 'r'), 'app/b': 'tiny' }, { 'app/.wh.b': '' }] },
    },
  ),
  ...casesOf(
    'waste/metadata-rewrite',
    {
      'chown -R': {
        layers: [{ 'app/data': big(2, 'chown') }, { 'app/data': { content: big(2, 'chown'), uid: 1000, gid: 1000 } }],
      },
      chmod: { layers: [{ 'app/run': big(2, 'chmod') }, { 'app/run': { content: big(2, 'chmod'), mode: 0o755 } }] },
    },
    {
      'its content changes too': { layers: [{ 'app/data': big(2, 'v1') }, { 'app/data': { content: big(2, 'v2'), uid: 1000 } }] },
      'a small file': { layers: [{ 'app/data': 'x' }, { 'app/data': { content: 'x', uid: 1000 } }] },
    },
  ),
  ...casesOf(
    'waste/duplicate',
    {
      'a copy beside the build': { layers: [{ 'app/dist/bundle.js': big(2, 'bundle'), 'srv/www/bundle.js': big(2, 'bundle') }] },
    },
    {
      'a hard link': { layers: [{ 'app/a': big(2, 'link'), 'app/b': { flag: '1', link: 'app/a' } }] },
      'a symlink': { layers: [{ 'app/a': big(2, 'soft'), 'app/b': { flag: '2', link: 'a' } }] },
      'the same length': { layers: [{ 'app/a': big(2, 'same-a'), 'app/b': big(2, 'same-b') }] },
    },
  ),
  ...casesOf(
    'waste/sparse-log',
    { 'useradd of a high uid': { layers: [{ 'var/log/lastlog': filler(10_800_000, '\0') }] } },
    { 'an empty one': { layers: [{ 'var/log/lastlog': filler(30_000, '\0'), 'var/log/faillog': '' }] } },
  ),
  ...casesOf(
    'waste/logs',
    { 'of an installation': { layers: [{ 'var/log/installer/syslog': big(2, 'syslog') }] } },
    {
      'links to the output': { layers: [{ 'var/log/nginx/access.log': { flag: '2', link: '/dev/stdout' } }] },
      'a little': { layers: [{ 'var/log/dpkg.log': filler(9000) }] },
      'a program of that name': { layers: [{ 'app/var-log/x.log.js': big(2, 'js') }] },
    },
  ),
  ...casesOf(
    'waste/docs',
    {
      'manuals and translations': {
        layers: [{ 'usr/share/man/man1/x.1.gz': big(3, 'man'), 'usr/share/locale/de/LC_MESSAGES/x.mo': big(3, 'locale') }],
      },
    },
    {
      licences: { layers: [{ 'usr/share/doc/x/copyright': big(6, 'copyright') }] },
      "the application's own": { layers: [{ 'app/manuals/manual.pdf': big(6, 'pdf') }] },
    },
  ),
  ...casesOf(
    'waste/build-tools',
    {
      'gcc above the base': {
        layers: [base, packages([{ name: 'base-files' }, { name: 'gcc-12', size: 11 }])],
        history: baseHistory,
      },
    },
    {
      'the command is the tool': {
        config: { Entrypoint: ['gcc'] },
        layers: [base, packages([{ name: 'base-files' }, { name: 'gcc-12', size: 11 }])],
        history: baseHistory,
      },
      'a library of that name': {
        layers: [base, packages([{ name: 'base-files' }, { name: 'libgcc-s1', size: 11 }])],
        history: baseHistory,
      },
    },
  ),
  ...casesOf(
    'waste/recommended',
    {
      'only recommended': {
        layers: [
          base,
          packages(
            [
              { name: 'app', fields: 'Recommends: extra\n' },
              { name: 'extra', size: 6 },
            ],
            ['extra'],
          ),
        ],
        history: baseHistory,
      },
    },
    {
      'needed by a dependency': {
        layers: [
          base,
          packages(
            [
              { name: 'app', fields: 'Depends: extra\n' },
              { name: 'extra', size: 6 },
            ],
            ['extra'],
          ),
        ],
        history: baseHistory,
      },
      'the database does not say': {
        layers: [
          base,
          packages([
            { name: 'app', fields: 'Recommends: extra\n' },
            { name: 'extra', size: 6 },
          ]),
        ],
        history: baseHistory,
      },
    },
  ),
  ...casesOf(
    'waste/bytecode',
    { 'beside its source': { layers: [{ 'app/a.py': 'x', 'app/__pycache__/a.cpython-312.pyc': big(6, 'pyc') }] } },
    {
      'without a source': { layers: [{ 'app/a.pyc': big(6, 'only') }] },
      'a little': { layers: [{ 'app/a.py': 'x', 'app/__pycache__/a.cpython-312.pyc': 'x' }] },
    },
  ),
  ...casesOf(
    'waste/vcs-archives',
    {
      'left in tmp': { layers: [{ 'tmp/node-v20.tar.xz': big(6, 'tar') }] },
      'beside what was unpacked': { layers: [{ 'opt/tool-1.2.tar.gz': big(6, 'tgz'), 'opt/tool-1.2/bin/tool': 'x' }] },
    },
    {
      'what the application serves': { layers: [{ 'app/assets/levels.zip': big(6, 'zip') }] },
      'a library': { layers: [{ 'app/lib/server.jar': big(6, 'jar') }] },
    },
  ),
  ...casesOf(
    'waste/debug-info',
    {
      'not stripped': {
        layers: [{ 'app/server': { content: sectionedElf({ symbols: 2_000_000, debug: 4_000_000 }), mode: 0o755 } }],
      },
    },
    {
      stripped: { layers: [{ 'app/server': { content: sectionedElf({ text: 6_000_000 }), mode: 0o755 } }] },
      'a separate file': { layers: [{ 'usr/lib/debug/.build-id/ab/cd.debug': { content: sectionedElf({ debug: 6_000_000 }) } }] },
    },
  ),
]
