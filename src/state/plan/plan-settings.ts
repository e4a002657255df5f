import { isRecord } from '../../blob/descriptor.ts'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { Image } from '../../image/load.ts'
import { padEnd } from '../../line/text.ts'
import type { Plan } from '../../rebuild/plan.ts'
import { parseSetting } from '../../rebuild/setting.ts'
import type { Effect } from '../model/effect.ts'
import type { State, Step } from '../model/state.ts'
import { ask, choice, choose } from './plan-dialogs.ts'

/** The settings of the menu, in words; those that end in a dot take a name. */
const KEYS: readonly (readonly [key: string, words: string])[] = [
  ['env.', 'Environment'],
  ['label.', 'Labels'],
  ['annotation.', 'Annotations'],
  ['user', 'User'],
  ['entrypoint', 'Entrypoint'],
  ['cmd', 'Command'],
  ['workdir', 'Directory'],
  ['ports', 'Ports'],
  ['volumes', 'Volumes'],
  ['stopsignal', 'Stop signal'],
  ['healthcheck', 'Health check'],
]

/** Everything that can be set with what it is now; picking one asks for its new value. */
export function settingsMenu(state: State, plan: Plan): Step<Effect> {
  const now = settingsNow(state.image?.image, plan)
  const items = KEYS.map(([key, words]) => {
    const there = now.filter(setting => setting.startsWith(key.endsWith('.') ? key : `${key}=`))
    const [only] = there
    const value = key.endsWith('.') ? counted(there.length) : only === undefined ? 'not set' : only.slice(key.length + 1)
    // A name that has dots may still be typed: the prompt begins where all of them do.
    const start = key.endsWith('.') ? key : typable(only) ? only : `${key}=`
    return choice(`${padEnd(words, 14)}${escapeText(value)}`, 'plan.set-one', start)
  })
  return choose(state, 'Set', items)
}

/** The prompt for a setting that begins with `start`; Tab goes through what the image has. */
export function askSetting(state: State, plan: Plan, start: string): Step<Effect> {
  const offers = settingOffers(state, plan, start)
  return ask(state, 'set KEY=VALUE', 'plan.set', start, { live: true, offers })
}

/** The ways to go on with the typed text: settings as they are now. */
export function settingOffers(state: State, plan: Plan, text: string): readonly string[] {
  const now = settingsNow(state.image?.image, plan).filter(typable)
  const bare = KEYS.map(([key]) => (key.endsWith('.') ? key : `${key}=`)).filter(key => !now.some(each => each.startsWith(key)))
  return [...now, ...bare].filter(each => each.startsWith(text) && each !== text)
}

/** The problem with a typed setting, in words; undefined for a good one and for an empty one. */
export function settingProblem(text: string): string | undefined {
  if (text.trim() === '') return undefined
  try {
    parseSetting(text.trim())
    return undefined
  } catch (thrown) {
    return escapeText(thrown instanceof ImageError ? thrown.why : reasonOf(thrown))
  }
}

/** Whether a prompt can show the text as it is: text of an image may hold what a terminal must not see. */
function typable(text: string | undefined): text is string {
  return text !== undefined && escapeText(text) === text
}

function counted(count: number): string {
  return count === 0 ? 'none' : String(count)
}

/** Each setting as `--set` takes it, as the image has it and the plan changes it. */
function settingsNow(image: Image | undefined, plan: Plan): readonly string[] {
  const settings = new Map(ownSettings(image))
  for (const edit of plan.edits) {
    if (edit.type !== 'set') continue
    const equals = edit.setting.indexOf('=')
    const [key, value] = [edit.setting.slice(0, equals), edit.setting.slice(equals + 1)]
    if (value === '') settings.delete(key)
    else settings.set(key, value)
  }
  return [...settings].map(([key, value]) => `${key}=${value}`)
}

function ownSettings(image: Image | undefined): readonly (readonly [string, string])[] {
  const container = image?.config?.value.container
  if (image === undefined || container === undefined) return []
  const text = (key: string, value: string | undefined) => (value === undefined || value === '' ? [] : [[key, value] as const])
  const json = (key: string, value: unknown) =>
    value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [[key, JSON.stringify(value)] as const]
  const named = (kind: string, entries: Readonly<Record<string, string>>) =>
    Object.entries(entries).map(([name, value]) => [`${kind}.${name}`, value] as const)
  return [
    ...container.env.flatMap(each => {
      const equals = each.indexOf('=')
      return equals < 1 ? [] : [[`env.${each.slice(0, equals)}`, each.slice(equals + 1)] as const]
    }),
    ...named('label', container.labels),
    ...named('annotation', image.manifest.value.annotations),
    ...text('user', container.user),
    ...json('entrypoint', container.entrypoint),
    ...json('cmd', container.cmd),
    ...text('workdir', container.workingDir),
    ...text('ports', container.exposedPorts.join(',')),
    ...text('volumes', container.volumes.join(',')),
    ...text('stopsignal', container.stopSignal),
    ...json('healthcheck', healthcheckOf(image)),
  ]
}

/** As it is written: the parsed fields have other names. */
function healthcheckOf({ config }: Image): unknown {
  const document: unknown = config === undefined ? undefined : JSON.parse(Buffer.from(config.raw).toString('utf8'))
  const inner = isRecord(document) ? document['config'] : undefined
  return isRecord(inner) && isRecord(inner['Healthcheck']) ? inner['Healthcheck'] : undefined
}
