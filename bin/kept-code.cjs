// Copied into dist/: code that V8 made of the program is kept in the user's cache directory by Node itself, so that every start
// but the first compiles nothing. `peel cache clear` removes it, `--no-cache`, PEEL_NO_CACHE and NODE_DISABLE_COMPILE_CACHE keep
// it from being written.
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/** Turns it on, in this thread, unless the directory is another user's, can be written by others, or is no cache of peel's. */
exports.keepCode = () => {
  const { enableCompileCache } = process.getBuiltinModule('node:module')
  if (process.argv.includes('--no-cache') || !/^(?:|0|false|no)$/.test(process.env.PEEL_NO_CACHE ?? '')) return
  try {
    const cache = path.join(cacheHome(), 'peel')
    const isNew = !fs.existsSync(cache)
    for (const each of [cache, path.join(cache, 'code')]) if (!fs.existsSync(each)) fs.mkdirSync(each, { mode: 0o700 })
    if (!isOwn(cache) || !isOwn(path.join(cache, 'code'))) return
    if (isNew || fs.existsSync(path.join(cache, 'CACHEDIR.TAG')) || fs.readdirSync(cache).length === 1) {
      // Node keeps what the first run compiled and never adds to it: `--version`, which compiles little, is kept apart.
      enableCompileCache(path.join(cache, 'code', process.argv[2]?.startsWith('-') ? 'options' : 'commands'))
    }
  } catch {
    // A directory that cannot be made or read: the program compiles what it runs.
  }
}

/** As `cacheDirectory` of src/worker/changeset-cache.ts; made where its parent is there, as a home directory is. */
function cacheHome() {
  const { XDG_CACHE_HOME: given, HOME: home } = process.env
  const below = given?.startsWith('/') ? given : path.join(home?.startsWith('/') ? home : os.userInfo().homedir, '.cache')
  if (!fs.existsSync(below)) fs.mkdirSync(below, { mode: 0o700 })
  return below
}

function isOwn(directory) {
  const stats = fs.lstatSync(directory)
  return stats.isDirectory() && stats.uid === (process.getuid?.() ?? stats.uid) && (stats.mode & 0o022) === 0
}
