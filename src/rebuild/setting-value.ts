/** The form of a setting's value: text, a list of words, a set of names, or an object. */
export type SettingShape = 'text' | 'words' | 'ports' | 'paths' | 'healthcheck'

/** A value as it was understood, or what is wrong with it and how it is written. */
export type ReadValue = { readonly value: unknown } | { readonly problem: string; readonly hint: string }

/** Reads the value of the setting `key`; lists of ports and paths may be written plainly, what runs is always JSON. */
export function readValue(shape: SettingShape, key: string, text: string): ReadValue {
  if (shape === 'text') return { value: text }
  const value = shape === 'ports' || shape === 'paths' ? listed(text) : parsed(text)
  const problem = PROBLEMS[shape](value)
  return problem === undefined ? { value } : { problem, hint: HINTS[shape](key, text) }
}

/** `80/tcp,443/udp`, with commas or spaces, a JSON array, or the object that a config has. */
function listed(text: string): unknown {
  const plain = !/^\s*[[{"]/.test(text)
  if (plain) return text.split(/[\s,]+/).filter(word => word !== '')
  const value = parsed(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const PROBLEMS: Readonly<Record<Exclude<SettingShape, 'text'>, (value: unknown) => string | undefined>> = {
  words: value => (isWords(value) ? undefined : 'its value is not a JSON array of strings'),
  paths: value => (isWords(value) && !value.includes('') ? undefined : 'its value is not a list of paths'),
  ports: value => {
    if (!isWords(value)) return 'its value is not a list of ports'
    const wrong = value.find(word => !isPort(word))
    return wrong === undefined ? undefined : `"${wrong.slice(0, SHOWN)}" is not a port`
  },
  healthcheck: value => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'its value is not a JSON object'
    const test = 'Test' in value ? value.Test : []
    if (!isWords(test)) return 'its "Test" is not an array of strings'
    const known = (name: string) => name === 'Test' || WHOLE_NUMBERS.includes(name)
    const unknown = Object.keys(value).find(name => !known(name))
    if (unknown !== undefined) return `it has no member "${unknown.slice(0, SHOWN)}": they are Test, ${WHOLE_NUMBERS.join(', ')}`
    const odd = Object.entries(value).find(([name, each]) => name !== 'Test' && !Number.isSafeInteger(each))
    return odd === undefined ? undefined : `its "${odd[0]}" is not a whole number`
  },
}

/** Members of a health check besides its test; the times are nanoseconds. Engines refuse a config with other values in them. */
const WHOLE_NUMBERS: readonly string[] = ['Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries']

const HINTS: Readonly<Record<Exclude<SettingShape, 'text'>, (key: string, text: string) => string>> = {
  words: (key, text) =>
    `Write ${key}=${JSON.stringify(wordsOf(text))}; to run it in a shell ${key}=["/bin/sh","-c","…"]; ${key}= unsets it.`,
  ports: key => `Write ${key}=8080/tcp, several as ${key}=80/tcp,443/udp or ${key}=["80/tcp","443/udp"]; ${key}= unsets them.`,
  paths: key => `Write ${key}=/data, several as ${key}=/data,/cache or ${key}=["/data","/cache"]; ${key}= unsets them.`,
  healthcheck: key =>
    `Write ${key}={"Test":["CMD","curl","-f","localhost"],"Interval":30000000000} (nanoseconds), {"Test":["NONE"]} for none; ${key}= unsets it.`,
}

const SHOWN = 40

/** A guess at what was meant, for a hint. */
function wordsOf(text: string): readonly string[] {
  const words = text
    .replace(/["'[\],]/g, ' ')
    .split(/\s+/)
    .filter(word => word !== '')
  return words.length === 0 ? ['program', 'argument'] : words.slice(0, 8)
}

/** `port`, `port/tcp`, `port/udp` (image-spec config.md, ExposedPorts); engines take sctp and ranges as well. */
function isPort(word: string): boolean {
  const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(?:tcp|udp|sctp))?$/.exec(word) ?? []
  return first !== undefined && [first, last ?? first].every(port => Number(port) > 0 && Number(port) <= 65_535)
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}
