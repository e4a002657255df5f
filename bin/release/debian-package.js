// The Debian package: the single executable, its manual page, completions and licences. dpkg-deb puts it together; the same input makes
// the same bytes (SOURCE_DATE_EPOCH).
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root, run, sourceOf, VERSION } from './source.js'

const NAMES = { x64: 'amd64', arm64: 'arm64' }
const COMPLETIONS = {
  bash: 'usr/share/bash-completion/completions/peel',
  zsh: 'usr/share/zsh/vendor-completions/_peel',
  fish: 'usr/share/fish/vendor_completions.d/peel.fish',
}

/** Writes `DIRECTORY/peel_VERSION_ARCHITECTURE.deb` around an executable. @returns its path */
export function makeDebianPackage(directory, executable, architecture) {
  const tree = fs.mkdtempSync(join(directory, '.deb-'))
  const file = join(directory, `peel_${VERSION}_${NAMES[architecture]}.deb`)
  const { epoch } = sourceOf()
  try {
    const installed = installFiles(tree, executable)
    fs.mkdirSync(join(tree, 'DEBIAN'))
    fs.writeFileSync(join(tree, 'DEBIAN/control'), control(NAMES[architecture], installed))
    fs.writeFileSync(
      join(tree, 'DEBIAN/md5sums'),
      run('sh', ['-c', 'find usr -type f | LC_ALL=C sort | xargs md5sum'], { cwd: tree }),
    )
    run('chmod', ['-R', 'u=rwX,go=rX', tree])
    run('find', [tree, '-exec', 'touch', '-h', '-d', `@${epoch}`, '{}', '+'])
    run('dpkg-deb', ['--root-owner-group', '-Zxz', '-z1', '--build', tree, file], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
    })
    return file
  } finally {
    fs.rmSync(tree, { recursive: true, force: true })
  }
}

/** @returns bytes installed */
function installFiles(tree, executable) {
  const files = {
    'usr/bin/peel': fs.readFileSync(executable),
    'usr/share/man/man1/peel.1.gz': compressed(fs.readFileSync(join(root, 'docs/peel.1'))),
    'usr/share/doc/peel/CHANGELOG.md.gz': compressed(fs.readFileSync(join(root, 'CHANGELOG.md'))),
    'usr/share/doc/peel/copyright': copyright(),
  }
  for (const [shell, place] of Object.entries(COMPLETIONS)) {
    files[place] = run(process.execPath, [join(root, 'bin/peel.js'), 'completion', shell])
  }
  for (const [place, content] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(tree, place)), { recursive: true })
    fs.writeFileSync(join(tree, place), content)
  }
  fs.chmodSync(join(tree, 'usr/bin/peel'), 0o755)
  return Object.values(files).reduce((sum, content) => sum + content.length, 0)
}

/** Node writes the system it ran on into byte 9; Debian wants level 9. */
function compressed(bytes) {
  const made = gzipSync(bytes, { level: 9 })
  made[9] = 3
  return made
}

function control(architecture, bytes) {
  return `Package: peel
Version: ${VERSION}
Architecture: ${architecture}
Maintainer: The peel authors <peel@invalid>
Installed-Size: ${Math.ceil(bytes / 1024)}
Depends: libc6 (>= 2.28), libgcc-s1 (>= 3.0), libstdc++6 (>= 9)
Section: utils
Priority: optional
Homepage: https://github.com/peel-oci/peel
Description: look inside container images and write smaller ones
 peel shows which bytes of an OCI or Docker image are shipped for nothing, which
 layer shipped them and which hid them, checks images, compares two of them,
 and writes a smaller image back, proven to be the same. It reads layouts,
 archives, registries and engines, in a terminal or from scripts, without a
 daemon.
`
}

/** The licences of all that is in the executable, as Debian writes them. */
export function copyright() {
  const licences = fs.readFileSync(join(root, 'dist/LICENSES.txt'), 'utf8')
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: peel
Comment: The program contains Node.js and the packages named below.

Files: *
Copyright: 2026 the peel authors
License: Expat
${indented(fs.readFileSync(join(root, 'LICENSE'), 'utf8').split('\n').slice(4).join('\n'))}

License: others
${indented(`${licences}\n${nodeLicence()}`)}
`
}

/** Node's own text, which covers what is linked into it. */
function nodeLicence() {
  const place = fs.globSync('node_modules/node/node_modules/node-linux-*/LICENSE', { cwd: root })[0]
  return place === undefined
    ? 'Node.js: https://github.com/nodejs/node/blob/main/LICENSE'
    : fs.readFileSync(join(root, place), 'utf8')
}

function indented(text) {
  return text
    .split('\n')
    .map(line => (line.trim() === '' ? ' .' : ` ${line}`))
    .join('\n')
}
