import { isRecord, stringMap, strings } from '../blob/descriptor.ts'
import type { ProcessUser } from './process-user.ts'

/** A volume of the image and the directory of the bundle that stands for it. */
export type BundleVolume = { readonly destination: string; readonly source: string }

export type RuntimeConfigOptions = {
  readonly user: ProcessUser
  readonly volumes: readonly BundleVolume[]
  /** The user that unpacks without being root: mapped to root of a user namespace. */
  readonly rootless: { readonly uid: number; readonly gid: number } | undefined
}

/**
 * A runtime bundle's `config.json` for an image config (image-spec conversion.md): what the image says, verbatim, in a container
 * that has its own everything but cgroups, so that it runs where those are mixed. Labels win over what is only implied.
 */
export function runtimeConfig(config: Readonly<Record<string, unknown>>, options: RuntimeConfigOptions): object {
  const container = isRecord(config['config']) ? config['config'] : {}
  const { user, rootless } = options
  const words = [...command(container['Entrypoint']), ...command(container['Cmd'])]
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: {
        uid: user.uid,
        gid: user.gid,
        ...(user.additionalGids.length > 0 && rootless === undefined && { additionalGids: user.additionalGids }),
      },
      // A runtime takes no empty command; a shell is what a person would start.
      args: words.length === 0 ? ['sh'] : words,
      env: environment(strings(container['Env']), user),
      cwd: directoryOf(container['WorkingDir']),
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: false },
    hostname: 'peel',
    mounts: [...mounts(rootless !== undefined), ...outerFirst(options.volumes).map(volumeMount)],
    annotations: annotationsOf(config, container),
    linux: {
      namespaces: namespaces(rootless !== undefined).map(type => ({ type })),
      ...(rootless !== undefined && {
        uidMappings: [{ containerID: 0, hostID: rootless.uid, size: 1 }],
        gidMappings: [{ containerID: 0, hostID: rootless.gid, size: 1 }],
      }),
      maskedPaths: MASKED,
      readonlyPaths: READ_ONLY,
    },
  }
}

const CAPABILITIES = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE']
const MASKED = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/sys/firmware',
  '/proc/scsi',
]
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** Some builders write a command as one string. */
function command(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : strings(value)
}

/** The image's environment, and variables that a program cannot do without beside it. A name without a value counts as set. */
function environment(given: readonly string[], { home }: ProcessUser): readonly string[] {
  const has = (name: string) => given.some(each => each === name || each.startsWith(`${name}=`))
  return [
    ...given,
    ...(has('PATH') ? [] : ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']),
    ...(has('HOME') ? [] : [`HOME=${home ?? '/'}`]),
  ]
}

/** Verbatim, where that is absolute, as a runtime wants it. */
function directoryOf(value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  return text.startsWith('/') ? text : `/${text}`
}

/**
 * Implicit annotations of conversion.md, then the labels: of one name the label counts. A label without a name is left out, since a runtime
 * takes no such annotation.
 */
function annotationsOf(
  config: Readonly<Record<string, unknown>>,
  container: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const names = (value: unknown) => (isRecord(value) ? Object.keys(value) : strings(value))
  const list = (values: readonly string[]) => (values.length === 0 ? undefined : values.join(','))
  const implied: readonly (readonly [name: string, value: string | undefined])[] = [
    ['os', text(config['os'])],
    ['architecture', text(config['architecture'])],
    ['variant', text(config['variant'])],
    ['os.version', text(config['os.version'])],
    ['os.features', list(strings(config['os.features']))],
    ['author', text(config['author'])],
    ['created', text(config['created'])],
    ['stopSignal', text(container['StopSignal'])],
    ['exposedPorts', list(names(container['ExposedPorts']))],
  ]
  const known = implied.flatMap(([name, value]) =>
    value === undefined ? [] : [[`org.opencontainers.image.${name}`, value] as const],
  )
  const labels = Object.entries(stringMap(container['Labels']) ?? {}).filter(([name]) => name !== '')
  return Object.fromEntries([...known, ...labels])
}

function namespaces(rootless: boolean): readonly string[] {
  return ['pid', 'ipc', 'uts', 'mount', ...(rootless ? ['user'] : ['network'])]
}

type Mount = {
  readonly destination: string
  readonly type?: string
  readonly source: string
  readonly options: readonly string[]
}

function mounts(rootless: boolean): readonly Mount[] {
  const own = ['nosuid', 'noexec', 'nodev']
  const terminals = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620']
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: own },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    // A group other than the mapped one cannot be given to a file system of a user namespace.
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: rootless ? terminals : [...terminals, 'gid=5'] },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...own, 'mode=1777', 'size=65536k'] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: own },
    rootless
      ? { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', ...own, 'ro'] }
      : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...own, 'ro'] },
    ...(rootless
      ? [{ destination: '/etc/resolv.conf', type: 'none', source: '/etc/resolv.conf', options: ['rbind', 'ro'] }]
      : []),
  ]
}

/** Mounts are made in their order: one on an outer directory hides what was mounted inside it before. */
function outerFirst(volumes: readonly BundleVolume[]): readonly BundleVolume[] {
  const depth = ({ destination }: BundleVolume) => destination.split('/').length
  return volumes.toSorted((one, other) => depth(one) - depth(other))
}

function volumeMount({ destination, source }: BundleVolume): Mount {
  return { destination, type: 'none', source, options: ['rbind', 'rw', 'nosuid', 'nodev'] }
}
