import { Ajv } from 'ajv'

const text = { type: 'string' }
const flag = { type: 'boolean' }
const whole = { type: 'integer' }
const texts = { type: 'array', items: text }
const id = { type: 'integer', minimum: 0, maximum: 4_294_967_295 }
const count = { type: 'integer', minimum: 0 }
const absolute = { type: 'string', pattern: '^/' }
const capability = { type: 'array', items: { type: 'string', pattern: '^CAP_[A-Z_]+$' } }
const map = { type: 'object', additionalProperties: text, propertyNames: { minLength: 1 } }
const listOf = (items: object) => ({ type: 'array', items })
/** An object that may have these fields and no others. */
const fields = (properties: object, ...required: readonly string[]) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
})

const mappings = listOf(fields({ containerID: id, hostID: id, size: { ...id, minimum: 1 } }, 'containerID', 'hostID', 'size'))
const hooks = listOf(fields({ path: absolute, args: texts, env: texts, timeout: { ...whole, minimum: 1 } }, 'path'))

const PROCESS = fields(
  {
    terminal: flag,
    consoleSize: fields({ height: count, width: count }, 'height', 'width'),
    cwd: absolute,
    args: { ...texts, minItems: 1 },
    env: texts,
    noNewPrivileges: flag,
    apparmorProfile: text,
    selinuxLabel: text,
    oomScoreAdj: { ...whole, minimum: -1000, maximum: 1000 },
    user: fields({ uid: id, gid: id, umask: count, additionalGids: listOf(id) }, 'uid', 'gid'),
    capabilities: fields({
      bounding: capability,
      effective: capability,
      permitted: capability,
      inheritable: capability,
      ambient: capability,
    }),
    rlimits: listOf(
      fields({ type: { type: 'string', pattern: '^RLIMIT_[A-Z]+$' }, soft: count, hard: count }, 'type', 'soft', 'hard'),
    ),
  },
  'cwd',
  'args',
  'user',
)

const LINUX = fields({
  namespaces: listOf(
    fields({ type: { enum: ['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'] }, path: absolute }, 'type'),
  ),
  uidMappings: mappings,
  gidMappings: mappings,
  devices: listOf(
    fields(
      {
        type: { enum: ['c', 'b', 'u', 'p'] },
        path: absolute,
        major: whole,
        minor: whole,
        fileMode: count,
        uid: id,
        gid: id,
      },
      'type',
      'path',
    ),
  ),
  cgroupsPath: text,
  resources: {
    type: 'object',
    properties: { devices: listOf({ type: 'object', required: ['allow'], properties: { allow: flag } }) },
  },
  rootfsPropagation: { enum: ['shared', 'slave', 'private', 'unbindable'] },
  seccomp: {
    type: 'object',
    required: ['defaultAction'],
    properties: { defaultAction: { type: 'string', pattern: '^SCMP_ACT_' } },
  },
  sysctl: map,
  mountLabel: text,
  maskedPaths: listOf(absolute),
  readonlyPaths: listOf(absolute),
})

/** The rules of the runtime specification (config.md, config-linux.md, 1.0) for a container on Linux: fields, types, what must be there. */
const SCHEMA = fields(
  {
    ociVersion: { type: 'string', pattern: '^1\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?$' },
    hostname: text,
    annotations: map,
    root: fields({ path: { type: 'string', minLength: 1 }, readonly: flag }, 'path'),
    process: PROCESS,
    mounts: listOf(fields({ destination: absolute, type: text, source: text, options: texts }, 'destination')),
    hooks: fields({
      prestart: hooks,
      createRuntime: hooks,
      createContainer: hooks,
      startContainer: hooks,
      poststart: hooks,
      poststop: hooks,
    }),
    linux: LINUX,
  },
  'ociVersion',
  'process',
  'root',
  'mounts',
  'linux',
)

const validate = new Ajv({ allErrors: true }).compile(SCHEMA)

/** The faults of a runtime's config.json; empty where it has none. */
export function runtimeProblems(config: unknown): readonly string[] {
  return validate(config) ? [] : (validate.errors ?? []).map(error => `${error.instancePath} ${error.message}`)
}
