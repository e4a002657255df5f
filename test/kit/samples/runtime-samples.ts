/** The parts of a runtime's config.json that an image's config decides. */
export type Bundle = {
  readonly process: {
    readonly args: readonly string[]
    readonly env: readonly string[]
    readonly cwd: string
    readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids?: readonly number[] }
  }
  readonly annotations: Readonly<Record<string, string>>
  readonly mounts: readonly { readonly destination: string; readonly source: string; readonly options: readonly string[] }[]
}

/** Absent: sh, /, no variables but added ones, 0:0, no annotations but those of every fixture, no volumes, no warnings. */
type Expected = Partial<Bundle['process']> & {
  /** Without `IMPLIED_BY_ALL`. */
  readonly annotations?: Readonly<Record<string, string>>
  /** Destinations. */
  readonly volumes?: readonly string[]
  /** Codes of diagnostics. */
  readonly warnings?: readonly string[]
}

export type RuntimeSample = {
  readonly name: string
  /** Beside `os` linux, `architecture` amd64 and `created` in 2024. */
  readonly image: Readonly<Record<string, unknown>>
  /** A string: the code of the error. */
  readonly expected: Expected | string
  /** False where umoci refuses the config. */
  readonly umoci?: boolean
}

export const PASSWD = [
  'root:x:0:0:root:/root:/bin/sh',
  '# daemon accounts',
  'app:x:1000:50:App:/srv/app:/bin/sh',
  'www-data:x:33:33::/var/www:',
  '77:x:500:501:a name of digits:/home/77:',
  'broken line',
].join('\n')
export const GROUP = 'root:x:0:\nextra:x:2000:www-data,app\nwheel:x:10:app\nstaff:x:50:app\nwww-data:x:33:\n'

/** Before the names of annotations that a config implies. */
export const KEY = 'org.opencontainers.image.'
export const IMPLIED = [
  'os',
  'architecture',
  'variant',
  'os.version',
  'os.features',
  'author',
  'created',
  'stopSignal',
  'exposedPorts',
] as const

export const IMPLIED_BY_ALL = {
  [`${KEY}os`]: 'linux',
  [`${KEY}architecture`]: 'amd64',
  [`${KEY}created`]: '2024-01-02T03:04:05Z',
}

const of = (name: string, config: object | null, expected: Expected | string = {}, umoci = true): RuntimeSample => ({
  name,
  image: { config },
  expected,
  umoci,
})
const about = (name: string, image: object, annotations: Readonly<Record<string, string>>, umoci = true): RuntimeSample => ({
  name,
  image: image as Readonly<Record<string, unknown>>,
  expected: { annotations },
  umoci,
})
const user = (User: string, uid: number, gid: number, additionalGids?: readonly number[]): RuntimeSample =>
  of(
    `user ${JSON.stringify(User)}`,
    { User, Cmd: ['id'] },
    { args: ['id'], user: { uid, gid, ...(additionalGids && { additionalGids }) } },
  )

/** Image configs and what conversion.md (image-spec) makes of them, row by row. */
export const RUNTIME_SAMPLES: readonly RuntimeSample[] = [
  of('nothing', {}, {}, false),
  of('null', null, {}, false),
  of(
    'nulls',
    { User: '', Env: null, Entrypoint: null, Cmd: null, Volumes: null, ExposedPorts: null, Labels: null, WorkingDir: '' },
    {},
    false,
  ),
  of(
    'entrypoint and command',
    { Entrypoint: ['/init', '--'], Cmd: ['serve', 'a b', ''] },
    { args: ['/init', '--', 'serve', 'a b', ''] },
  ),
  of('entrypoint alone', { Entrypoint: ['/init'] }, { args: ['/init'] }),
  of('command alone', { Cmd: ['top', '-b'] }, { args: ['top', '-b'] }),
  of('empty entrypoint', { Entrypoint: [], Cmd: ['ls'] }, { args: ['ls'] }),
  of('entrypoint as a string', { Entrypoint: '/run me', Cmd: ['x'] }, { args: ['/run me', 'x'] }, false),
  of('escaped arguments', { ArgsEscaped: true, Cmd: ['cmd /S /C "a b"'] }, { args: ['cmd /S /C "a b"'] }),
  of(
    'variables',
    { Env: ['PATH=/bin', 'A=1=2', 'A=3', 'EMPTY=', 'HOME=/nowhere'], Cmd: ['x'] },
    { env: ['PATH=/bin', 'A=1=2', 'A=3', 'EMPTY=', 'HOME=/nowhere'], args: ['x'] },
  ),
  of('a name without a value', { Env: ['HOME', 'PATH'], Cmd: ['x'] }, { env: ['HOME', 'PATH'], args: ['x'] }, false),
  of('Greek variables', { Env: ['ΟΝΟΜΑ=άλφα', 'T=a\tb\nc'], Cmd: ['x'] }, { env: ['ΟΝΟΜΑ=άλφα', 'T=a\tb\nc'], args: ['x'] }),
  of('directory', { WorkingDir: '/srv/app/../x/', Cmd: ['x'] }, { cwd: '/srv/app/../x/', args: ['x'] }, false),
  of('plain directory', { WorkingDir: '/srv/app', Cmd: ['x'] }, { cwd: '/srv/app', args: ['x'] }),
  of('relative directory', { WorkingDir: 'srv', Cmd: ['x'] }, { cwd: '/srv', args: ['x'] }, false),
  user('root', 0, 0),
  user('app', 1000, 50, [2000, 10]),
  user('www-data', 33, 33, [2000]),
  user('1000', 1000, 50),
  user('4242', 4242, 0),
  user('77', 77, 0),
  user('app:wheel', 1000, 10),
  user('app:7', 1000, 7),
  user('1000:1000', 1000, 1000),
  user('5:extra', 5, 2000),
  user('0:0', 0, 0),
  of('no such user', { User: 'mallory' }, 'USER_UNKNOWN'),
  of('no such group', { User: 'app:mallory' }, 'USER_UNKNOWN'),
  of('a number too large', { User: '4294967296' }, 'USER_UNKNOWN'),
  of(
    'labels',
    { Labels: { a: 'b', 'c d': '', [`${KEY}title`]: 'T' }, Cmd: ['x'] },
    { args: ['x'], annotations: { a: 'b', 'c d': '', [`${KEY}title`]: 'T' } },
  ),
  of(
    'a label without a name',
    { Labels: { '': 'x', a: 'b' }, Cmd: ['x'] },
    { args: ['x'], annotations: { a: 'b' }, warnings: ['ANNOTATION_DROPPED'] },
    false,
  ),
  of(
    'labels of implied names',
    {
      Labels: { [`${KEY}os`]: 'mine', [`${KEY}created`]: '', [`${KEY}stopSignal`]: 'SIGHUP' },
      StopSignal: 'SIGQUIT',
      Cmd: ['x'],
    },
    { args: ['x'], annotations: { [`${KEY}os`]: 'mine', [`${KEY}created`]: '', [`${KEY}stopSignal`]: 'SIGHUP' } },
    false,
  ),
  of(
    'stop signal',
    { StopSignal: 'SIGRTMIN+3', Cmd: ['x'] },
    { args: ['x'], annotations: { [`${KEY}stopSignal`]: 'SIGRTMIN+3' } },
  ),
  of('port', { ExposedPorts: { '80/tcp': {} }, Cmd: ['x'] }, { args: ['x'], annotations: { [`${KEY}exposedPorts`]: '80/tcp' } }),
  of(
    'ports',
    { ExposedPorts: { '443/tcp': {}, '53/udp': {}, '9000': {} }, Cmd: ['x'] },
    { args: ['x'], annotations: { [`${KEY}exposedPorts`]: '9000,443/tcp,53/udp' } },
    false,
  ),
  of('volume', { Volumes: { '/data': {} }, Cmd: ['x'] }, { args: ['x'], volumes: ['/data'] }),
  of(
    'volumes, the outer one last',
    { Volumes: { '/data/deep': {}, '/new': {}, '/data': {} }, Cmd: ['x'] },
    { args: ['x'], volumes: ['/new', '/data', '/data/deep'] },
  ),
  of('the root as a volume', { Volumes: { '/': {} }, Cmd: ['x'] }, { args: ['x'], warnings: ['VOLUME_IGNORED'] }, false),
  of(
    'health check',
    { Healthcheck: { Test: ['CMD', 'true'], Interval: 1 }, OnBuild: ['RUN x'], Shell: ['/bin/ash'], Cmd: ['x'] },
    { args: ['x'] },
  ),
  about('author', { author: 'A. <a@b.example>' }, { [`${KEY}author`]: 'A. <a@b.example>' }),
  about('author and its label', { author: 'A', config: { Labels: { [`${KEY}author`]: 'L' } } }, { [`${KEY}author`]: 'L' }),
  about(
    'a platform in full',
    { architecture: 'arm64', variant: 'v8', 'os.version': '6.1', 'os.features': ['a', 'b'] },
    { [`${KEY}architecture`]: 'arm64', [`${KEY}variant`]: 'v8', [`${KEY}os.version`]: '6.1', [`${KEY}os.features`]: 'a,b' },
  ),
  {
    name: 'another system',
    image: { os: 'windows', 'os.version': '10.0.20348.1' },
    expected: {
      annotations: { [`${KEY}os`]: 'windows', [`${KEY}os.version`]: '10.0.20348.1' },
      warnings: ['PLATFORM_UNSUPPORTED'],
    },
    umoci: false,
  },
  about(
    'a platform unknown to all',
    { os: 'plan9', architecture: 'x86_64' },
    { [`${KEY}os`]: 'plan9', [`${KEY}architecture`]: 'x86_64' },
    false,
  ),
  about(
    'a time with a zone',
    { created: '2020-02-29T23:59:59.999999999+05:30' },
    { [`${KEY}created`]: '2020-02-29T23:59:59.999999999+05:30' },
  ),
  about('no features', { 'os.features': [], variant: '' }, {}),
]
