import type { PathPattern } from './path-patterns.ts'

/** Directories whose bytes a rule of `waste/*` claims, by what fills them (findings.md §9). */
export type WastePlace = {
  readonly use: 'cache' | 'wanted-cache' | 'docs' | 'logs' | 'sparse-log' | 'kept' | 'tools'
  /** The tool that fills it: `apt`, `pip`. */
  readonly tool: string
  /** The directory that a cache mount of BuildKit would name, and that `rm -rf` empties. */
  readonly target: string
}

const cache = (tool: string, paths: readonly string[], target = `/${paths[0]}`): readonly PathPattern<WastePlace>[] =>
  places({ use: 'cache', tool, target }, paths)

/** One value a place: its patterns share the kind. */
function places(place: WastePlace, paths: readonly string[]): readonly PathPattern<WastePlace>[] {
  return paths.map(path => ({ path, kind: place }))
}

/** Files that stay in a cache's directory after it was emptied, or are no cache though they lie there. */
const KEPT = places({ use: 'kept', tool: '', target: '' }, [
  ...['lock', 'partial', 'auxfiles'].map(name => `var/lib/apt/lists/${name}`),
  ...['lock', 'partial'].map(name => `var/cache/apt/archives/${name}`),
  'usr/share/doc/*/copyright',
  'usr/share/doc/*/COPYING',
  'usr/share/doc/*/LICENSE',
  'usr/share/locale/locale.alias',
])

export const WASTE_PLACES: readonly PathPattern<WastePlace>[] = [
  ...cache('apt', ['var/lib/apt/lists']),
  ...cache('apt', ['var/cache/apt', 'var/cache/debconf/config.dat-old', 'var/cache/debconf/templates.dat-old'], '/var/cache/apt'),
  ...cache('apk', ['var/cache/apk', 'etc/apk/cache']),
  ...cache('dnf', [
    'var/cache/dnf',
    'var/cache/yum',
    'var/cache/libdnf5',
    'var/cache/PackageKit',
    'var/lib/dnf/repos',
    'var/lib/dnf/yumdb',
  ]),
  ...cache('zypper', ['var/cache/zypp']),
  ...cache('pacman', ['var/cache/pacman/pkg', 'var/lib/pacman/sync']),
  ...cache('pip', ['**/.cache/pip', 'root/.cache/pip'], '/root/.cache/pip'),
  ...cache('poetry', ['**/.cache/pypoetry'], '/root/.cache/pypoetry'),
  ...cache('uv', ['**/.cache/uv'], '/root/.cache/uv'),
  ...cache('pipenv', ['**/.cache/pipenv'], '/root/.cache/pipenv'),
  ...cache(
    'conda',
    ['opt/conda/pkgs', 'opt/miniconda3/pkgs', 'opt/miniconda/pkgs', 'root/miniconda3/pkgs', 'root/anaconda3/pkgs'],
    '/opt/conda/pkgs',
  ),
  ...cache('npm', ['**/.npm/_cacache', '**/.npm/_logs', '**/.npm/_npx'], '/root/.npm'),
  ...cache('yarn', ['usr/local/share/.cache/yarn', '**/.cache/yarn', '**/.yarn/berry/cache'], '/usr/local/share/.cache/yarn'),
  ...cache('pnpm', ['**/.local/share/pnpm/store', '**/.pnpm-store'], '/root/.local/share/pnpm/store'),
  ...cache('bun', ['**/.bun/install/cache'], '/root/.bun/install/cache'),
  ...cache('node-gyp', ['**/.cache/node-gyp', '**/.node-gyp'], '/root/.cache/node-gyp'),
  ...cache('go', ['**/.cache/go-build'], '/root/.cache/go-build'),
  ...cache('go', ['go/pkg/mod/cache', 'root/go/pkg/mod/cache', 'home/*/go/pkg/mod/cache'], '/go/pkg/mod'),
  ...cache(
    'cargo',
    ['**/.cargo/registry', '**/.cargo/git', 'usr/local/cargo/registry', 'usr/local/cargo/git'],
    '/usr/local/cargo/registry',
  ),
  ...cache('gradle', ['**/.gradle/caches'], '/root/.gradle/caches'),
  ...cache('maven', ['**/.m2/repository'], '/root/.m2'),
  ...cache('sbt', ['**/.ivy2/cache', '**/.cache/coursier', '**/.sbt/boot'], '/root/.ivy2/cache'),
  ...cache(
    'gem',
    [
      'usr/local/bundle/cache',
      '**/.gem/specs',
      'usr/lib/ruby/gems/*/cache',
      'usr/local/lib/ruby/gems/*/cache',
      'var/lib/gems/*/cache',
    ],
    '/usr/local/bundle/cache',
  ),
  ...cache('composer', ['**/.composer/cache', '**/.cache/composer'], '/root/.composer/cache'),
  ...cache('nuget', ['**/.local/share/NuGet', '**/.nuget/packages'], '/root/.nuget/packages'),
  ...cache('mix', ['**/.hex/packages', '**/.cache/rebar3'], '/root/.hex'),
  ...cache('nix', ['root/.cache/nix']),
  ...cache('ccache', ['**/.ccache', '**/.cache/ccache'], '/root/.ccache'),
  ...places({ use: 'wanted-cache', tool: 'playwright', target: '/root/.cache/ms-playwright' }, ['**/.cache/ms-playwright']),
  ...places({ use: 'wanted-cache', tool: 'puppeteer', target: '/root/.cache/puppeteer' }, ['**/.cache/puppeteer']),
  ...places({ use: 'wanted-cache', tool: 'huggingface', target: '/root/.cache/huggingface' }, ['**/.cache/huggingface']),
  ...places({ use: 'docs', tool: 'documentation', target: '/usr/share/doc' }, [
    ...['man', 'info', 'doc', 'gtk-doc', 'help', 'locale'].map(name => `usr/share/${name}`),
    ...['man', 'info', 'doc'].map(name => `usr/local/share/${name}`),
  ]),
  ...places({ use: 'sparse-log', tool: 'login records', target: '/var/log/lastlog' }, [
    'var/log/lastlog',
    'var/log/faillog',
    'var/log/tallylog',
  ]),
  ...places({ use: 'logs', tool: 'logs', target: '/var/log' }, ['var/log']),
  ...places({ use: 'tools', tool: 'rust', target: '/root/.rustup' }, ['**/.rustup/toolchains', 'usr/local/rustup/toolchains']),
  ...places({ use: 'tools', tool: 'go', target: '/usr/local/go' }, ['usr/local/go/pkg/tool', 'usr/local/go/src']),
  ...KEPT,
]
