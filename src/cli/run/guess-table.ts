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
const asCopy = { read: (rest: readonly string[]) => (operands(rest) === 2 ? ['copy', ...rest] : undefined) }

export const COMMAND_GUESSES: readonly CommandGuess[] = [
  { words: ['version', '-V'], typed: 'version', means: 'peel --version', read: () => ['--version'] },
  { words: ['pull'], typed: 'pull IMAGE FILE', means: 'peel copy IMAGE FILE.tar', ...asCopy },
  { words: ['push'], typed: 'push FILE IMAGE', means: 'peel copy FILE docker://IMAGE', ...asCopy },
  { words: ['save'], typed: 'save IMAGE FILE', means: 'peel copy docker-daemon:IMAGE FILE.tar', ...asCopy },
  { words: ['load'], typed: 'load FILE NAME', means: 'peel copy FILE docker-daemon:NAME', ...asCopy },
  { words: ['cp', 'convert'], typed: 'cp SRC DEST', means: 'peel copy SRC DEST', ...as('copy') },
  { words: ['tag'], typed: 'tag SRC DEST', means: 'peel copy SRC DEST', ...asCopy },
  { words: ['manifest'], typed: 'manifest IMAGE', means: 'peel inspect --raw IMAGE', ...as('inspect', '--raw') },
  { words: ['config', 'digest', 'info', 'show'], typed: 'config IMAGE', means: 'peel inspect IMAGE', ...as('inspect') },
  { words: ['layers'], typed: 'layers IMAGE', means: 'peel inspect --layers IMAGE', ...as('inspect', '--layers') },
  { words: ['list', 'files'], typed: 'files IMAGE', means: 'peel ls IMAGE', ...as('ls') },
  {
    words: ['export'],
    typed: 'export IMAGE FILE',
    means: 'peel extract IMAGE / DIRECTORY, or `peel extract IMAGE / - > FILE.tar` for a tar',
    read: exported,
  },
  { words: ['flatten'], typed: 'flatten SRC DEST', means: 'peel squash SRC DEST', ...as('squash') },
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

/** An option of another tool. */
export type OptionGuess = Guess & {
  /** Commands it is understood after; all where undefined. */
  readonly commands?: readonly string[]
  readonly options: readonly string[]
  /** Whether the next word belongs to it where there is no `=`. */
  readonly takes?: boolean
  /** The options it becomes; undefined where the sentence is the answer. `value` is empty where nothing is taken. */
  readonly read?: (value: string) => readonly string[] | undefined
}

const WRITING = ['squash', 'copy', 'build', 'index', 'rebase']
const nothing = { read: () => [] }
const becomes = (...words: readonly string[]) => ({ read: () => words })
const option = (name: string) => ({ takes: true, read: (value: string) => [name, value] })

export const OPTION_GUESSES: readonly OptionGuess[] = [
  {
    options: ['--tls-verify', '--src-tls-verify', '--dest-tls-verify'],
    typed: 'copy --tls-verify=false SRC DEST',
    means: '--insecure',
    read: value => (value === 'false' ? ['--insecure'] : []),
  },
  {
    options: ['--creds', '--src-creds', '--dest-creds', '--username', '--password'],
    takes: true,
    typed: 'copy --creds USER:PASSWORD SRC DEST',
    means: 'Passwords are not typed: run `docker login HOST` once, or name a file with --authfile.',
  },
  {
    options: ['--override-arch', '--arch'],
    typed: 'inspect --override-arch arm64 IMAGE',
    means: '--platform linux/arm64',
    takes: true,
    read: value => ['--platform', `linux/${value}`],
  },
  {
    options: ['--override-os'],
    typed: 'inspect --override-os linux IMAGE',
    means: 'nothing: --platform names both',
    takes: true,
    read: value => (value === 'linux' ? [] : undefined),
  },
  { options: ['-p'], typed: 'inspect -p linux/arm64 IMAGE', means: '--platform linux/arm64', ...option('--platform') },
  { commands: ['copy'], options: ['-a', '--all-platforms'], typed: 'copy -a SRC DEST', means: '--all', ...becomes('--all') },
  {
    commands: ['copy'],
    options: ['--multi-arch'],
    typed: 'copy --multi-arch all SRC DEST',
    means: '--all',
    takes: true,
    read: value => (value === 'all' ? ['--all'] : value === 'system' ? [] : undefined),
  },
  { commands: WRITING, options: ['-f'], typed: 'copy -f SRC DEST', means: '--force', ...becomes('--force') },
  {
    commands: ['copy', 'squash'],
    options: ['--dest-compress-format'],
    typed: 'copy --dest-compress-format zstd SRC DEST',
    means: '--compress zstd',
    ...option('--compress'),
  },
  {
    commands: ['copy', 'squash'],
    options: ['--dest-compress'],
    typed: 'copy --dest-compress SRC DEST',
    means: '--compress gzip',
    ...becomes('--compress', 'gzip'),
  },
  { commands: ['copy', 'squash'], options: ['-n'], typed: 'squash -n SRC', means: '--dry-run', ...becomes('--dry-run') },
  { commands: ['waste'], options: ['-n'], typed: 'waste -n 5 IMAGE', means: '--top 5', ...option('--top') },
  {
    commands: ['squash', 'build'],
    options: ['-o', '--output'],
    typed: 'squash SRC -o FILE.tar',
    means: 'the destination: peel squash SRC FILE.tar',
    takes: true,
    read: value => [value],
  },
  {
    commands: ['copy'],
    options: ['-o', '--output'],
    takes: true,
    typed: 'save IMAGE -o FILE.tar',
    means: 'Name the file last: peel copy IMAGE FILE.tar',
  },
  {
    commands: ['squash', 'build'],
    options: ['-t', '--tag'],
    takes: true,
    typed: 'squash SRC -t NAME',
    means: 'Name the destination instead: peel squash SRC docker-daemon:NAME, docker://NAME or FILE.tar:NAME.',
  },
  {
    commands: ['squash', 'build'],
    options: ['--env', '-e'],
    typed: 'squash --env NAME=VALUE SRC DEST',
    means: '--set env.NAME=VALUE',
    takes: true,
    read: value => ['--set', `env.${value}`],
  },
  {
    commands: ['squash', 'build'],
    options: ['--label', '-l'],
    typed: 'squash --label NAME=VALUE SRC DEST',
    means: '--set label.NAME=VALUE',
    takes: true,
    read: value => ['--set', `label.${value}`],
  },
  {
    commands: ['squash', 'build'],
    options: ['--annotation'],
    typed: 'squash --annotation NAME=VALUE SRC DEST',
    means: '--set annotation.NAME=VALUE',
    takes: true,
    read: value => ['--set', `annotation.${value}`],
  },
  {
    commands: ['squash', 'build'],
    options: ['--user', '-u'],
    typed: 'squash --user NAME SRC DEST',
    means: '--set user=NAME',
    takes: true,
    read: value => ['--set', `user=${value}`],
  },
  {
    commands: ['squash', 'build'],
    options: ['--workdir', '-w'],
    typed: 'squash --workdir DIR SRC DEST',
    means: '--set workdir=DIR',
    takes: true,
    read: value => ['--set', `workdir=${value}`],
  },
  {
    commands: ['squash'],
    options: ['--from', '--from-layer'],
    takes: true,
    typed: 'squash --from 2 SRC DEST',
    means: '--layers 2..',
    read: value => (/^[1-9]\d*$/.test(value) ? ['--layers', `${value}..`] : undefined),
  },
  {
    commands: ['ls'],
    options: ['-la', '-al', '-l', '-a', '-lh', '-lah', '-alh', '-lR', '-laR', '-alR'],
    typed: 'ls -la IMAGE',
    means: '--long; ls lists hidden files anyway',
    ...becomes('--long'),
  },
  { commands: ['ls'], options: ['-R', '-r', '--recursive'], typed: 'ls -R IMAGE', means: 'nothing: ls is recursive', ...nothing },
  {
    options: ['--no-trunc'],
    typed: 'history --no-trunc IMAGE',
    means: 'nothing: output into a pipe is whole',
    ...nothing,
  },
  {
    commands: ['inspect', 'history', 'ls', 'tags', 'catalog', 'referrers', 'waste', 'verify', 'diff', 'usage', 'cache'],
    options: ['-o', '--output'],
    typed: 'inspect -o json IMAGE',
    means: '--json',
    takes: true,
    read: value => (value === 'json' ? ['--json'] : undefined),
  },
  {
    commands: ['inspect', 'history', 'ls', 'tags', 'catalog', 'referrers', 'waste', 'verify'],
    options: ['--format'],
    typed: "inspect --format '{{.Digest}}' IMAGE",
    means: '--json with jq does what Go templates do: peel inspect --json IMAGE | jq -r .digest',
    takes: true,
    read: value => (value === 'json' ? ['--json'] : undefined),
  },
  { options: ['-j'], typed: 'inspect -j IMAGE', means: '--json', ...becomes('--json') },
  { options: ['--ci'], typed: '--ci IMAGE', means: '`peel check IMAGE` runs the gates of .dive-ci and more.' },
  {
    options: ['--source'],
    takes: true,
    typed: '--source docker IMAGE',
    means: 'The name says where the image is: docker-daemon:NAME, docker-archive:FILE, docker://NAME.',
  },
]
