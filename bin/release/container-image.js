// The image of peel, made by `peel build`: a layer of the C and C++ libraries that the executable links, a layer of the executable.
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { copyright } from './debian-package.js'
import { root, run, sourceOf, VERSION } from './source.js'

const NAMES = { x64: 'amd64', arm64: 'arm64' }
/** Debian's libraries for arm64 on another machine (libc6-arm64-cross, libstdc++6-arm64-cross, libgcc-s1-arm64-cross). */
const CROSS = '/usr/aarch64-linux-gnu'
const USER = 65532

/** Writes `DIRECTORY/peel-image-linux-ARCHITECTURE.tar`, an archive that every tool loads. @returns its path */
export function makeContainerImage(directory, executable, architecture) {
  const [file, scratch] = [join(directory, `peel-image-linux-${architecture}.tar`), fs.mkdtempSync(join(directory, '.image-'))]
  try {
    libraries(join(scratch, 'libraries'), executable, architecture)
    program(join(scratch, 'program'), executable)
    fs.rmSync(file, { force: true })
    run(process.execPath, [
      join(root, 'bin/peel.js'),
      'build',
      `${file}:peel:${VERSION}`,
      ...['--platform', `linux/${NAMES[architecture]}`, '--mtime', String(sourceOf().epoch)],
      ...['--layer', `dir=${join(scratch, 'libraries')}`, '--history', 'the C and C++ libraries of Debian'],
      ...['--layer', `dir=${join(scratch, 'program')}`, '--history', `peel ${VERSION}`],
      ...['--add', `${join(scratch, 'home')}:/home/peel,chown=${USER}:${USER}`, '--history', 'a home for what is kept'],
      ...['--set', 'entrypoint=["/usr/bin/peel"]', '--set', `user=${USER}:${USER}`, '--set', 'workdir=/home/peel'],
      ...['--set', 'env.PATH=/usr/bin', '--set', 'env.HOME=/home/peel', '--set', 'env.LANG=C.UTF-8'],
      ...['--set', 'label.org.opencontainers.image.title=peel', '--set', `label.org.opencontainers.image.version=${VERSION}`],
      ...['--set', 'label.org.opencontainers.image.licenses=MIT'],
      ...['--set', 'label.org.opencontainers.image.source=https://github.com/peel-oci/peel'],
      ...['--set', `label.org.opencontainers.image.revision=${sourceOf().commit}`],
    ])
    return file
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

/** Whether the libraries for this processor are on this machine. */
export function canMakeImage(architecture) {
  return architecture === process.arch || (architecture === 'arm64' && fs.existsSync(`${CROSS}/lib/libstdc++.so.6`))
}

/** Where the loader of the executable looks for them. */
function libraries(target, executable, architecture) {
  const found =
    architecture === process.arch
      ? [...run('ldd', [executable]).matchAll(/(\/\S+)(?= \(0x)/g)].map(([path]) => [path, path])
      : fs.readdirSync(`${CROSS}/lib`).flatMap(name => {
          const wanted = /^(?:ld-linux-aarch64\.so\.1|lib(?:dl|stdc\+\+|m|gcc_s|pthread|c)\.so\.\d)$/.test(name)
          return wanted ? [[`${CROSS}/lib/${name}`, `/lib/${name}`]] : []
        })
  for (const [from, to] of found) place(fs.readFileSync(from), join(target, to), 0o755)
}

function program(target, executable) {
  place(fs.readFileSync(executable), join(target, 'usr/bin/peel'), 0o755)
  place(copyright(), join(target, 'usr/share/doc/peel/copyright'), 0o644)
  place(`root:x:0:0::/:/bin/false\npeel:x:${USER}:${USER}::/home/peel:/bin/false\n`, join(target, 'etc/passwd'), 0o644)
  place(`root:x:0:\npeel:x:${USER}:\n`, join(target, 'etc/group'), 0o644)
  // Contents of large layers wait there while they are read.
  fs.mkdirSync(join(target, 'tmp'))
  fs.chmodSync(join(target, 'tmp'), 0o1777)
  fs.mkdirSync(join(target, '../home/.cache'), { recursive: true, mode: 0o700 })
}

function place(content, path, mode) {
  fs.mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  fs.writeFileSync(path, content)
  fs.chmodSync(path, mode)
}
