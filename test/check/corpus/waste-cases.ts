import type { LayerFiles } from '../../kit/image/image-fixture.ts'
import { casesOf, type FindingCase, filler } from './finding-case.ts'

const MB = 1_000_000
const cacheOf = (path: string, bytes = 2 * MB): LayerFiles => ({ [path]: filler(bytes, path) })
const gone = (path: string): LayerFiles => ({ [path.replace(/([^/]+)$/, '.wh.$1')]: '' })

export const WASTE_CASES: readonly FindingCase[] = [
  ...casesOf(
    'waste/package-cache',
    {
      'apt lists': { path: 'var/lib/apt/lists', layers: [cacheOf('var/lib/apt/lists/deb_dists_stable_main_Packages')] },
      'apt archives, removed later': {
        layers: [cacheOf('var/cache/apt/archives/x_1_amd64.deb'), gone('var/cache/apt/archives/x_1_amd64.deb')],
      },
      'pip of root': { path: 'root/.cache/pip', layers: [cacheOf('root/.cache/pip/http/a')] },
      'npm of a user': { layers: [cacheOf('home/node/.npm/_cacache/content-v2/x')] },
      apk: { layers: [cacheOf('var/cache/apk/APKINDEX.1.tar.gz')] },
      'go build': { layers: [cacheOf('root/.cache/go-build/00/x-d')] },
      'behind an opaque directory': {
        layers: [cacheOf('var/lib/apt/lists/x_Packages'), { 'var/lib/apt/lists/.wh..wh..opq': '' }],
      },
    },
    {
      'what dist-clean leaves': {
        layers: [
          { 'var/lib/apt/lists/lock': '', 'var/lib/apt/lists/partial/': {}, 'var/lib/apt/lists/auxfiles/x': filler(2 * MB) },
        ],
      },
      'empty directories': { layers: [{ 'root/.cache/pip/': {}, 'var/cache/apk/': {} }] },
      'less than 1 MB': { layers: [cacheOf('root/.cache/pip/http/a', 900_000)] },
      'apk database': { layers: [cacheOf('lib/apk/db/scripts.tar')] },
      'browsers that are meant are no warning': {
        severity: 'warning',
        layers: [cacheOf('root/.cache/ms-playwright/chromium/chrome', 12 * MB)],
      },
      'a directory called cache': { layers: [cacheOf('app/cache/tiles.bin')] },
    },
  ),
  ...casesOf(
    'waste/hidden',
    {
      removed: { layers: [cacheOf('opt/sdk.bin', 3 * MB), gone('opt/sdk.bin')] },
      replaced: { layers: [cacheOf('app/model', 3 * MB), { 'app/model': filler(3 * MB, 'new') }] },
      opaque: { layers: [cacheOf('data/a', 3 * MB), { 'data/.wh..wh..opq': '', 'data/b': 'b' }] },
      'its directory became a file': { layers: [cacheOf('data/a', 3 * MB), { data: 'x' }] },
    },
    {
      'nothing hidden': { layers: [cacheOf('a', 3 * MB), cacheOf('b', 3 * MB)] },
      'less than 5 %': { layers: [{ big: filler(3 * MB), small: 'x' }, { small: 'y' }] },
      'told as a cache': { layers: [cacheOf('root/.cache/pip/a', 3 * MB), gone('root/.cache/pip/a')] },
      'told as a rewrite': { layers: [cacheOf('app/a', 3 * MB), { 'app/a': { content: filler(3 * MB, 'app/a'), uid: 5 } }] },
    },
  ),
  ...casesOf(
    'waste/metadata-rewrite',
    {
      chown: { layers: [cacheOf('app/a', 2 * MB), { 'app/a': { content: filler(2 * MB, 'app/a'), uid: 1000, gid: 1000 } }] },
      chmod: { layers: [cacheOf('app/a', 2 * MB), { 'app/a': { content: filler(2 * MB, 'app/a'), mode: 0o755 } }] },
      'many small files': {
        layers: [
          Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`app/${index}`, filler(5000, `${index}`)])),
          Object.fromEntries(
            Array.from({ length: 300 }, (_, index) => [`app/${index}`, { content: filler(5000, `${index}`), uid: 9 }]),
          ),
        ],
      },
    },
    {
      'the content changes too': {
        layers: [cacheOf('app/a', 2 * MB), { 'app/a': { content: filler(2 * MB, 'other'), uid: 1 } }],
      },
      'less than 1 MB': { layers: [cacheOf('app/a', 500_000), { 'app/a': { content: filler(500_000, 'app/a'), uid: 1 } }] },
      'a directory only': { layers: [cacheOf('app/a', 2 * MB), { 'app/': { uid: 5 } }] },
    },
  ),
  ...casesOf(
    'waste/duplicate',
    {
      'two copies': { path: 'a', layers: [{ a: filler(2 * MB), b: filler(2 * MB) }] },
      'across layers': { layers: [{ a: filler(2 * MB) }, { b: filler(2 * MB) }] },
      'three of 600 kB': { layers: [{ a: filler(600_000), b: filler(600_000), c: filler(600_000) }] },
    },
    {
      'hard links': { layers: [{ a: filler(2 * MB), b: { flag: '1', link: 'a' } }] },
      symlinks: { layers: [{ a: filler(2 * MB), b: { flag: '2', link: 'a' } }] },
      'the nix store': { layers: [{ 'nix/store/1-a/x': filler(2 * MB), 'nix/store/2-b/x': filler(2 * MB) }] },
      'data of a program': { layers: [{ 'var/lib/pg/base/1': filler(2 * MB), 'var/lib/pg/base/2': filler(2 * MB) }] },
      'small ones': { layers: [{ a: filler(900_000), b: filler(900_000) }] },
      'one of them is gone': { layers: [{ a: filler(2 * MB), b: filler(2 * MB) }, { '.wh.b': '' }] },
    },
  ),
  ...casesOf(
    'waste/sparse-log',
    {
      lastlog: { layers: [{ 'var/log/lastlog': '\0'.repeat(11 * MB) }] },
      faillog: { layers: [{ 'var/log/faillog': '\0'.repeat(12 * MB) }] },
      'removed later': { layers: [{ 'var/log/lastlog': '\0'.repeat(11 * MB) }, { 'var/log/.wh.lastlog': '' }] },
    },
    {
      'a small one': { layers: [{ 'var/log/lastlog': '\0'.repeat(300_000) }] },
      'another log': { layers: [{ 'var/log/app.log': filler(11 * MB) }] },
      elsewhere: { layers: [{ 'data/lastlog': filler(11 * MB) }] },
    },
  ),
  ...casesOf(
    'waste/docs',
    {
      man: { layers: [cacheOf('usr/share/man/man1/x.1', 6 * MB)] },
      doc: { layers: [cacheOf('usr/share/doc/pkg/manual.html', 6 * MB)] },
      'locale and info': {
        layers: [{ 'usr/share/locale/de/LC_MESSAGES/x.mo': filler(3 * MB), 'usr/share/info/x.info': filler(3 * MB, 'i') }],
      },
    },
    {
      licences: { layers: [cacheOf('usr/share/doc/pkg/copyright', 6 * MB)] },
      little: { layers: [cacheOf('usr/share/man/man1/x.1', 1 * MB)] },
      'data of a program': { layers: [cacheOf('usr/share/app/data', 6 * MB)] },
    },
  ),
  ...casesOf(
    'waste/logs',
    {
      dpkg: { layers: [cacheOf('var/log/dpkg.log', 2 * MB)] },
      'a directory': { layers: [cacheOf('var/log/installer/syslog', 2 * MB)] },
      'two layers': { layers: [cacheOf('var/log/a.log', 600_000), cacheOf('var/log/b.log', 600_000)] },
    },
    {
      little: { layers: [cacheOf('var/log/dpkg.log', 200_000)] },
      'links to standard output': { layers: [{ 'var/log/nginx/access.log': { flag: '2', link: '/dev/stdout' } }] },
      elsewhere: { layers: [cacheOf('app/log/a.log', 2 * MB)] },
    },
  ),
  ...casesOf(
    'waste/bytecode',
    {
      'beside the source': {
        layers: [{ 'usr/lib/python3/x.py': 'x', 'usr/lib/python3/__pycache__/x.cpython-311.pyc': filler(6 * MB) }],
      },
      'old style': { layers: [{ 'app/m.py': 'x', 'app/m.pyc': filler(6 * MB) }] },
      several: {
        layers: [
          {
            'a/x.py': '',
            'a/y.py': '',
            'a/__pycache__/x.c.pyc': filler(3 * MB, '1'),
            'a/__pycache__/y.c.pyc': filler(3 * MB, '2'),
          },
        ],
      },
    },
    {
      'no source': { layers: [{ 'app/m.pyc': filler(6 * MB) }] },
      little: { layers: [{ 'app/m.py': 'x', 'app/m.pyc': filler(1 * MB) }] },
      removed: { layers: [{ 'app/m.py': 'x', 'app/m.pyc': filler(6 * MB) }, { 'app/.wh.m.pyc': '' }] },
    },
  ),
  ...casesOf(
    'waste/vcs-archives',
    {
      'beside its directory': { layers: [{ 'opt/tool-1.2.tar.gz': filler(6 * MB), 'opt/tool-1.2/bin/x': 'x' }] },
      'a jar before it was repackaged': { layers: [{ 'app/server.jar.original': filler(6 * MB) }] },
      'left in tmp': { layers: [{ 'tmp/sdk.zip': filler(6 * MB) }] },
      'a package in the root': { layers: [{ 'google-chrome.deb': filler(6 * MB) }] },
    },
    {
      'manual pages': { layers: [{ 'usr/share/man/man1/x.1.gz': filler(6 * MB) }] },
      'data of an application': { layers: [{ 'app/data/set.zip': filler(6 * MB) }] },
      'an older copy of a setting': { layers: [{ 'app/table.original': filler(6 * MB) }] },
      little: { layers: [{ 'tmp/sdk.zip': filler(1 * MB) }] },
    },
  ),
]
