/**
 * Words that people of other tools type (defects.md B1). A row is accepted, which costs nothing, or answered with the command that
 * does it. `peel help guesses` prints the table, and a test tries every row.
 */
export type Guess = {
  /** An example as it is typed, without `peel`; capitals stand for what a person puts there. */
  readonly typed: string
  /** The words it is taken for, or the sentence that is the answer. */
  readonly means: string
}

/** A first word that is no command of peel. */
export type CommandGuess = Guess & {
  readonly words: readonly string[]
  /** The arguments that are meant, given those after the word; undefined where the sentence is the answer. */
  readonly read?: (rest: readonly string[]) => readonly string[] | undefined
}

/** Words after a command that are no options. */
function operands(rest: readonly string[]): number {
  return rest.filter(each => !each.startsWith('-') || each === '-').length
}

const as = (command: string, ...more: readonly string[]) => ({ read: (rest: readonly string[]) => [command, ...more, ...rest] })
/** Tools that move images with one name only mean an engine or a directory that is understood there. */
const asCopy = (...more: readonly string[]) => ({
  read: (rest: readonly string[]) => (operands(rest) === 2 ? ['copy', ...more, ...rest] : undefined),
})

export const COMMAND_GUESSES: readonly CommandGuess[] = [
  { words: ['version', '-V'], typed: 'version', means: 'peel --version', read: () => ['--version'] },
  { words: ['pull'], typed: 'pull IMAGE FILE', means: 'peel copy IMAGE FILE.tar', ...asCopy() },
  { words: ['push'], typed: 'push FILE IMAGE', means: 'peel copy FILE docker://IMAGE', ...asCopy() },
  { words: ['save'], typed: 'save IMAGE FILE', means: 'peel copy docker-daemon:IMAGE FILE.tar', ...asCopy() },
  { words: ['load'], typed: 'load FILE NAME', means: 'peel copy FILE docker-daemon:NAME', ...asCopy() },
  { words: ['cp', 'convert'], typed: 'cp SRC DEST', means: 'peel copy SRC DEST', ...as('copy') },
  { words: ['tag'], typed: 'tag SRC DEST', means: 'peel copy SRC DEST', ...asCopy() },
  { words: ['manifest'], typed: 'manifest IMAGE', means: 'peel inspect --raw IMAGE', ...as('inspect', '--raw') },
  { words: ['config', 'digest', 'info', 'show'], typed: 'config IMAGE', means: 'peel inspect IMAGE', ...as('inspect') },
  { words: ['layers'], typed: 'layers IMAGE', means: 'peel inspect --layers IMAGE', ...as('inspect', '--layers') },
  { words: ['labels', 'env', 'size', 'platforms'], typed: 'labels IMAGE', means: 'peel inspect IMAGE', ...as('inspect') },
  { words: ['list', 'files', 'tree', 'dir'], typed: 'files IMAGE', means: 'peel ls IMAGE', ...as('ls') },
  {
    words: ['dive', 'open', 'view', 'explore'],
    typed: 'dive IMAGE',
    means: 'peel IMAGE',
    read: rest => (rest.length > 0 ? rest : undefined),
  },
  {
    words: ['export'],
    typed: 'export IMAGE FILE',
    means: 'peel extract IMAGE / DIRECTORY, or `peel extract IMAGE / - > FILE.tar` for a tar',
    read: exported,
  },
  { words: ['flatten', 'docker-squash'], typed: 'flatten SRC DEST', means: 'peel squash SRC DEST', ...as('squash') },
  { words: ['validate'], typed: 'validate IMAGE', means: 'peel verify IMAGE', ...as('verify') },
  { words: ['ls-tags', 'list-tags'], typed: 'list-tags REPOSITORY', means: 'peel tags REPOSITORY', ...as('tags') },
  { words: ['repositories', 'repos'], typed: 'repos HOST', means: 'peel catalog HOST', ...as('catalog') },
  { words: ['compare'], typed: 'compare A B', means: 'peel diff A B', ...as('diff') },
  {
    words: ['scan', 'lint', 'audit', 'analyze', 'secrets'],
    typed: 'scan IMAGE',
    means: 'peel check IMAGE',
    ...as('check'),
  },
  { words: ['discover', 'sbom', 'attestations'], typed: 'sbom IMAGE', means: 'peel referrers IMAGE', ...as('referrers') },
  { words: ['sync', 'mirror'], typed: 'sync SRC DEST', means: 'peel copy --all SRC DEST', ...asCopy('--all') },
  {
    words: ['optimize', 'optimise', 'slim', 'minify', 'shrink'],
    typed: 'slim SRC DEST',
    means: '`peel squash SRC DEST --remove litter` leaves out what no run needs; `peel waste IMAGE` shows what is hidden.',
  },
  {
    words: ['append', 'insert'],
    typed: 'append IMAGE',
    means: '`peel build DEST --from IMAGE --layer tar=FILE` adds a layer, `--add FILE:/TARGET` files.',
  },
  {
    words: ['import', 'create'],
    typed: 'import FILE',
    means: '`peel build DEST --layer tar=FILE` makes an image of a tar; `peel index create` makes an index.',
  },
  {
    words: ['mount'],
    typed: 'mount IMAGE',
    means: '`peel unpack IMAGE BUNDLE` writes a tree that runc runs; `peel extract IMAGE / DIRECTORY` the files alone.',
  },
  {
    words: ['sign', 'attest', 'cosign'],
    typed: 'sign IMAGE',
    means: 'peel signs nothing: `cosign sign IMAGE`. `peel referrers IMAGE` lists signatures.',
  },
  {
    words: ['attach'],
    typed: 'attach IMAGE',
    means: 'peel attaches nothing: `oras attach IMAGE FILE`. `peel referrers IMAGE` lists what is attached.',
  },
  {
    words: ['gc', 'df', 'du'],
    typed: 'du PLACE',
    means: 'peel usage PLACE',
    read: rest => (operands(rest) > 0 ? ['usage', ...rest] : undefined),
  },
  { words: ['images'], typed: 'images', means: 'peel, whose start screen lists the images found here', read: rest => rest },
  {
    words: ['login', 'logout'],
    typed: 'login HOST',
    means: 'peel uses the logins of docker and podman: run `docker login HOST`.',
  },
  {
    words: ['mutate'],
    typed: 'mutate IMAGE',
    means: '`peel squash IMAGE DEST --set env.NAME=VALUE` writes it with another config.',
  },
  { words: ['rmi', 'rm', 'delete'], typed: 'rm IMAGE', means: 'peel deletes no single image; the tool that made it does.' },
  { words: ['run', 'exec'], typed: 'run IMAGE', means: 'peel runs nothing: `docker run IMAGE`. `peel IMAGE` looks inside.' },
]

/** `crane export IMAGE`: a tar on standard output. A name that says it is an archive must not become a directory. */
function exported(rest: readonly string[]): readonly string[] | undefined {
  const count = operands(rest)
  if (count === 1) return ['extract', ...rest, '/', '-']
  if (count !== 2) return undefined
  const last = rest.findLastIndex(each => !each.startsWith('-') || each === '-')
  if (/\.(?:tar|tgz|tar\.\w+)$/i.test(rest[last] ?? '')) return undefined
  return ['extract', ...rest.slice(0, last), '/', ...rest.slice(last)]
}

/** Words of other tools that stand before the command: `docker image inspect`, `regctl tag ls`, `oras repo tags`. */
export const COMMAND_GROUPS: ReadonlySet<string> = new Set([
  'image',
  'buildx',
  'imagetools',
  'container',
  'manifest',
  'artifact',
  'registry',
  'repo',
  'repository',
  'tag',
  'system',
])

/** Two words of another tool that mean another command than the second of them alone. */
export const PAIR_GUESSES: ReadonlyMap<string, readonly string[]> = new Map([
  ['image ls', []],
  ['image list', []],
  ['tag ls', ['tags']],
  ['tag list', ['tags']],
  ['repo tags', ['tags']],
  ['repo ls', ['catalog']],
  ['repo list', ['catalog']],
  ['repository ls', ['catalog']],
  ['repository list', ['catalog']],
  ['manifest inspect', ['inspect', '--raw']],
  ['manifest get', ['inspect', '--raw']],
  ['manifest fetch', ['inspect', '--raw']],
  ['artifact list', ['referrers']],
  ['artifact tree', ['referrers']],
])
