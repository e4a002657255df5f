import { Ajv } from 'ajv'

const text = { type: 'string' }
const texts = { type: 'array', items: text }
const id = { type: 'integer', minimum: 0, maximum: 4_294_967_295 }
const absolute = { type: 'string', pattern: '^/' }
const capability = { type: 'array', items: { type: 'string', pattern: '^CAP_[A-Z_]+$' } }
const mapping = {
  type: 'object',
  required: ['containerID', 'hostID', 'size'],
  properties: { containerID: id, hostID: id, size: id },
}

/** The rules of the runtime specification (config.md, config-linux.md, 1.0) for the fields of a config.json that peel writes; a field without a name here is wrong. */
const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['ociVersion', 'process', 'root', 'mounts', 'linux'],
  properties: {
    ociVersion: { type: 'string', pattern: '^1\\.[0-9]+\\.[0-9]+$' },
    hostname: text,
    annotations: { type: 'object', additionalProperties: text, propertyNames: { minLength: 1 } },
    root: { type: 'object', required: ['path'], properties: { path: text, readonly: { type: 'boolean' } } },
    process: {
      type: 'object',
      additionalProperties: false,
      required: ['cwd', 'args', 'user'],
      properties: {
        terminal: { type: 'boolean' },
        cwd: absolute,
        args: { ...texts, minItems: 1 },
        env: texts,
        noNewPrivileges: { type: 'boolean' },
        user: {
          type: 'object',
          additionalProperties: false,
          required: ['uid', 'gid'],
          properties: { uid: id, gid: id, additionalGids: { type: 'array', items: id } },
        },
        capabilities: {
          type: 'object',
          additionalProperties: false,
          properties: { bounding: capability, effective: capability, permitted: capability },
        },
        rlimits: {
          type: 'array',
          items: {
            type: 'object',
            required: ['type', 'soft', 'hard'],
            properties: { type: { type: 'string', pattern: '^RLIMIT_[A-Z]+$' }, soft: id, hard: id },
          },
        },
      },
    },
    mounts: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['destination'],
        properties: { destination: absolute, type: text, source: text, options: texts },
      },
    },
    linux: {
      type: 'object',
      additionalProperties: false,
      properties: {
        namespaces: {
          type: 'array',
          items: {
            type: 'object',
            required: ['type'],
            properties: { type: { enum: ['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'] } },
          },
        },
        uidMappings: { type: 'array', items: mapping },
        gidMappings: { type: 'array', items: mapping },
        maskedPaths: { type: 'array', items: absolute },
        readonlyPaths: { type: 'array', items: absolute },
      },
    },
  },
}

const validate = new Ajv({ allErrors: true }).compile(SCHEMA)

/** The faults of a runtime's config.json; empty where it has none. */
export function runtimeProblems(config: unknown): readonly string[] {
  return validate(config) ? [] : (validate.errors ?? []).map(error => `${error.instancePath} ${error.message}`)
}
