import { createHash } from 'node:crypto'
import { elfFixture } from '../../kit/samples/elf-fixture.ts'
import { casesOf, type FindingCase } from '../corpus/finding-case.ts'
import { text } from './made-up.ts'

/** Files that do not belong in an image, and modes that give too much. */
const git = {
  'app/.git/HEAD': 'ref: refs/heads/main\n',
  'app/.git/config': '[core]\n\tbare = false\n',
  'app/.git/objects/ab/cdef0123456789abcdef0123456789abcdef01': 'x',
  'app/.git/refs/heads/main': '0123456789abcdef0123456789abcdef01234567\n',
}
const below = (directory: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`${directory}/${path}`, content]))
const md5 = (content: string | Buffer) => createHash('md5').update(content).digest('hex')

/** The database of a package of Debian that ships these files. */
function debian(name: string, files: Readonly<Record<string, string | Buffer>>): Readonly<Record<string, string>> {
  const paths = Object.keys(files)
  return {
    'var/lib/dpkg/status': `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\nMaintainer: x <x@debian.org>\nDescription: x\n\n`,
    [`var/lib/dpkg/info/${name}.list`]: `/.\n${paths.map(path => `/${path}`).join('\n')}\n`,
    [`var/lib/dpkg/info/${name}.md5sums`]: paths.map(path => `${md5(files[path] ?? '')}  ${path}\n`).join(''),
  }
}

const su = elfFixture({ body: Buffer.from('su') })
/** struct vfs_cap_data, revision 2, with the bits of cap_net_bind_service. */
const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex')
const noCapability = Buffer.from('0100000200000000000000000000000000000000', 'hex')
const context = {
  'src/app/.vscode/settings.json': '{}',
  'src/app/.idea/workspace.xml': '<x/>',
  'src/app/.DS_Store': 'x',
  'src/app/Dockerfile': 'FROM x',
  'src/app/.dockerignore': '',
  'src/app/.github/workflows/ci.yml': 'on: push',
  'src/app/test/app.test.js': 'x',
  'src/app/docs/index.md': 'x',
  'src/app/index.js': 'x',
}

export const LEAK_ROWS: readonly FindingCase[] = [
  ...casesOf(
    'leak/git-directory',
    {
      'a clone': { severity: 'error', path: 'app/.git', layers: [git] },
      'packed, as git clone --depth leaves it': {
        severity: 'error',
        layers: [
          { 'src/.git/HEAD': 'ref: refs/heads/main\n', 'src/.git/packed-refs': '# pack-refs with: peeled fully-peeled sorted\n' },
        ],
      },
    },
    {
      'a submodule': { layers: [{ 'app/lib/.git': 'gitdir: ../../.git/modules/lib\n' }] },
      'settings of git': {
        layers: [{ 'root/.gitconfig': '[user]\n', 'app/.gitignore': 'x', 'app/.gitattributes': 'x', 'app/.github/x.yml': 'x' }],
      },
      'in node_modules is no error': { severity: 'warning', layers: [below('app/node_modules/left', git)] },
      'removed again': { layers: [git, { 'app/.wh..git': '' }] },
    },
  ),
  ...casesOf(
    'leak/dotenv',
    {
      'of the application': {
        severity: 'warning',
        layers: [{ 'app/.env': `PORT=3000\nSESSION_SECRET=${text('dotenv', 30)}\n` }],
      },
      'of production, quoted': {
        severity: 'warning',
        layers: [{ 'srv/.env.production': `export ADMIN_PASSWORD='${text('dotenv 2', 16)}'\n` }],
      },
    },
    {
      'an example': { layers: [{ 'app/.env.example': `SESSION_SECRET=${text('dotenv 3', 30)}\n` }] },
      'settings only': { layers: [{ 'app/.env': 'PORT=3000\nLOG_LEVEL=debug\nNODE_ENV=production\n' }] },
      'public names': { layers: [{ 'app/.env': 'NEXT_PUBLIC_API_KEY=browser-key-1234567\nVITE_TOKEN=public-token-123\n' }] },
      'empty values': { layers: [{ 'app/.env': 'SESSION_SECRET=\nAPI_KEY=""\n' }] },
      'a comment': { layers: [{ 'app/.env': '# SESSION_SECRET=abcdefghijkl12345\nPORT=1\n' }] },
    },
  ),
  ...casesOf(
    'leak/editor-os',
    {
      'a desktop': { layers: [{ 'app/public/.DS_Store': 'Bud1' }] },
      "vim's swap": { layers: [{ 'app/.main.py.swp': 'b0VIM 8.2' }] },
      'the build': { layers: [{ 'app/Dockerfile': 'FROM alpine\n', 'app/docker-compose.yml': 'services: {}\n' }] },
    },
    {
      'of a package of npm': { layers: [{ 'app/node_modules/x/.DS_Store': 'x', 'app/node_modules/x/Dockerfile': 'FROM x' }] },
      'a program that reads them': { layers: [{ 'usr/share/app/templates/Dockerfile': 'FROM x' }] },
      'names that only begin so': { layers: [{ 'app/Dockerfile_parser.py': 'x', 'app/.idealist': 'x' }] },
    },
  ),
  ...casesOf(
    'leak/build-context',
    { 'COPY . .': { layers: [context], history: [{ created_by: 'COPY . . # buildkit' }] } },
    {
      'COPY of chosen files': {
        layers: [{ 'app/index.js': 'x', 'app/package.json': '{}' }],
        history: [{ created_by: 'COPY package.json index.js ./ # buildkit' }],
      },
      'COPY . . of a clean directory': {
        layers: [{ 'app/index.js': 'x', 'app/test/a.js': 'x', 'app/README.md': 'x' }],
        history: [{ created_by: 'COPY . . # buildkit' }],
      },
    },
  ),
  ...casesOf(
    'leak/core-dump',
    {
      'of a crash': { layers: [{ 'app/core.1234': elfOf(4) }] },
      'of a Java heap': { layers: [{ 'opt/app/java_pid1.hprof': 'JAVA PROFILE 1.0.2\0' }] },
    },
    {
      'a module': { layers: [{ 'app/core.js': 'export {}', 'usr/lib/core': { content: elfFixture({ type: 3 }) } }] },
      'a directory': { layers: [{ 'app/core/': {}, 'app/core/index.php': '<?php' }] },
    },
  ),
  ...casesOf(
    'file/setuid',
    {
      'of nobody': { severity: 'warning', layers: [{ 'usr/local/bin/helper': { content: su, mode: 0o4755 } }] },
      'a shell': { severity: 'error', layers: [{ 'usr/local/bin/bash': { content: su, mode: 0o4755 } }] },
      'find of a package, made so later': {
        severity: 'error',
        layers: [
          { ...debian('findutils', { 'usr/bin/find': su }), 'usr/bin/find': { content: su, mode: 0o755 } },
          { 'usr/bin/find': { content: su, mode: 0o4755 } },
        ],
      },
    },
    {
      'su of its package is no warning': {
        severity: 'warning',
        layers: [{ ...debian('util-linux', { 'usr/bin/su': su }), 'usr/bin/su': { content: su, mode: 0o4755 } }],
      },
      'a directory of a group': { layers: [{ 'srv/shared/': { mode: 0o2775 } }] },
      'nobody may execute it': { layers: [{ 'app/data': { content: 'x', mode: 0o4644 } }] },
      'taken away by a later layer': {
        layers: [{ 'usr/bin/x': { content: su, mode: 0o4755 } }, { 'usr/bin/x': { content: su, mode: 0o755 } }],
      },
    },
  ),
  ...casesOf(
    'file/world-writable',
    {
      'a program': { layers: [{ 'app/server': { content: su, mode: 0o777 } }] },
      'settings of the system': { layers: [{ 'etc/app.conf': { content: 'x', mode: 0o666 } }] },
      'a directory': { layers: [{ 'var/www/uploads/': { mode: 0o777 } }] },
    },
    {
      tmp: { layers: [{ 'tmp/': { mode: 0o1777 }, 'var/tmp/': { mode: 0o1777 } }] },
      'a link': { layers: [{ 'usr/bin/x': { flag: '2', link: 'y', mode: 0o777 }, 'usr/bin/y': { content: su, mode: 0o755 } }] },
      'a device': { layers: [{ 'dev/null': { flag: '3', mode: 0o666, device: [1, 3] } }] },
    },
  ),
  ...casesOf(
    'file/capabilities',
    {
      'a low port': {
        layers: [
          { 'usr/local/bin/server': { content: su, mode: 0o755, pax: { 'SCHILY.xattr.security.capability': capability } } },
        ],
      },
    },
    {
      none: {
        layers: [
          { 'usr/local/bin/server': { content: su, mode: 0o755, pax: { 'SCHILY.xattr.security.capability': noCapability } } },
        ],
      },
      'another attribute': {
        layers: [{ 'usr/local/bin/server': { content: su, mode: 0o755, pax: { 'SCHILY.xattr.user.note': 'x' } } }],
      },
    },
  ),
]

function elfOf(type: number) {
  return { content: elfFixture({ type }), mode: 0o600 }
}
