import { isRecord, strings } from '../blob/descriptor.ts'
import { fromRaw, isRawObject, keys, member, membersByKey, type RawJson, toRaw, withKeys, withMember } from '../image/raw-json.ts'
import type { RebaseConflict } from './rebase-conflict.ts'

export type RebasedConfig = { readonly config: RawJson; readonly conflicts: readonly RebaseConflict[] }

/** Fields of `config` that are sets or maps: merged name by name. */
const MAPS = new Set(['Labels', 'ExposedPorts', 'Volumes'])
/** Fields that the new base sets, whatever the image was for. */
const PLATFORM = ['os', 'architecture', 'variant', 'os.version', 'os.features']

/**
 * An image's config on another base, by a three-way merge: a value that is the old base's becomes the new base's, one that the image
 * changed stays, and is a conflict where the base changed it too. Environment by variable, labels, ports and volumes by name. The
 * platform is the new base's; layers and history are not looked at. Unknown fields stay.
 */
export function rebaseConfig(image: RawJson, old: RawJson, next: RawJson): RebasedConfig {
  const merge = new Merge()
  const container = merge.container(containerOf(image), containerOf(old), containerOf(next))
  let config = image
  for (const field of PLATFORM) config = withMember(config, field, member(next, field))
  const present = member(config, 'config')
  if (present !== undefined || keys(container).length > 0) config = withMember(config, 'config', container)
  return { config, conflicts: merge.conflicts }
}

type Raws = ReadonlyMap<string, RawJson>

const NONE: Raws = new Map()

class Merge {
  readonly conflicts: RebaseConflict[] = []

  container(mine: RawJson, old: RawJson, next: RawJson): RawJson {
    const [fields, before, after] = [membersByKey(mine), membersByKey(old), membersByKey(next)]
    let merged = mine
    for (const field of new Set([...fields.keys(), ...after.keys(), ...before.keys()])) {
      const [own, was, is] = [fields.get(field), before.get(field), after.get(field)]
      const value =
        field === 'Env'
          ? this.#environment(own, was, is)
          : MAPS.has(field)
            ? this.#map(`config.${field}`, own, was, is)
            : this.#value(`config.${field}`, own, was, is)
      if (value !== own) merged = withMember(merged, field, value)
    }
    return merged
  }

  /** One value; absent and null are the same. */
  #value(key: string, own: RawJson | undefined, was: RawJson | undefined, is: RawJson | undefined): RawJson | undefined {
    if (same(was, is) || same(own, is)) return own
    if (same(own, was)) {
      this.conflicts.push({ kind: 'config', key, detail: `taken from the new base: ${shown(was)} becomes ${shown(is)}` })
      return is
    }
    const detail = `the image's ${shown(own)} stays: the old base had ${shown(was)}, the new one has ${shown(is)}`
    this.conflicts.push({ kind: 'config', key, detail })
    return own
  }

  #map(key: string, own: RawJson | undefined, was: RawJson | undefined, is: RawJson | undefined): RawJson | undefined {
    const map = isRawObject(own) ? own : toRaw({})
    const [mine, before, after] = [map, was, is].map(each => (isRawObject(each) ? membersByKey(each) : NONE)) as [
      Raws,
      Raws,
      Raws,
    ]
    const changes = new Map<string, RawJson | undefined>()
    for (const name of new Set([...mine.keys(), ...before.keys(), ...after.keys()])) {
      const value = this.#value(`${key}.${name}`, mine.get(name), before.get(name), after.get(name))
      if (value !== mine.get(name)) changes.set(name, value)
    }
    if (changes.size === 0) return own
    const merged = withKeys(map, changes)
    return keys(merged).length === 0 ? undefined : merged
  }

  /** Variables in the new base's order, then the image's own in theirs. */
  #environment(own: RawJson | undefined, was: RawJson | undefined, is: RawJson | undefined): RawJson | undefined {
    const [mine, before, after] = [variables(own), variables(was), variables(is)]
    const merged = new Map<string, string>()
    let changed = false
    for (const name of new Set([...after.keys(), ...mine.keys(), ...before.keys()])) {
      const asRaw = (value: string | undefined) => (value === undefined ? undefined : toRaw(value))
      const value = this.#value(`config.Env.${name}`, asRaw(mine.get(name)), asRaw(before.get(name)), asRaw(after.get(name)))
      const text = value === undefined ? undefined : String(fromRaw(value))
      if (text !== mine.get(name)) changed = true
      if (text !== undefined) merged.set(name, text)
    }
    if (!changed) return own
    return merged.size === 0 ? undefined : toRaw([...merged].map(([name, value]) => (value === BARE ? name : `${name}=${value}`)))
  }
}

/** Stands for a variable without a value, which is legal and odd. */
const BARE = '\0'

/** The first of a repeated name counts, as where settings change it. */
function variables(raw: RawJson | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const each of strings(raw === undefined ? [] : fromRaw(raw))) {
    const equals = each.indexOf('=', 1)
    const name = equals === -1 ? each : each.slice(0, equals)
    if (!found.has(name)) found.set(name, equals === -1 ? BARE : each.slice(equals + 1))
  }
  return found
}

function containerOf(config: RawJson): RawJson {
  const present = member(config, 'config')
  return isRawObject(present) ? present : toRaw({})
}

function same(a: RawJson | undefined, b: RawJson | undefined): boolean {
  return a === b || canonical(a) === canonical(b)
}

function canonical(raw: RawJson | undefined): string {
  return JSON.stringify(sorted(raw === undefined ? null : fromRaw(raw)))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isRecord(value)) return value
  return Object.keys(value)
    .sort()
    .map(key => [key, sorted(value[key])])
}

function shown(raw: RawJson | undefined): string {
  const text = raw === undefined ? 'nothing' : JSON.stringify(fromRaw(raw))
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}
