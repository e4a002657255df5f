import { baseName, type FilePath } from '../layer/file-path.ts'

/** Files that builds leave behind and running containers do without, by name; shown before it is applied. */
export type PresetName = 'package-caches' | 'python-bytecode' | 'docs' | 'temporary-files'

export type Preset = {
  readonly title: string
  /** Whether a path is litter; a directory takes all below it along. */
  readonly matches: (path: FilePath) => boolean
}

/** Contents of these directories, which themselves stay: package managers want to find them. */
const CACHES =
  /^(?:var\/lib\/apt\/lists|var\/cache\/(?:apt|apk|dnf|yum|zypp|pacman\/pkg|debconf|man)|var\/lib\/dnf\/(?:history|yumdb)|etc\/apk\/cache|(?:root|home\/[^/]+)\/\.(?:cache|npm\/_cacache|cargo\/registry\/cache|gem\/specs|m2\/repository|composer\/cache|yarn\/cache)|usr\/local\/share\/\.cache)\/[^/]+$/
/** Licences (`copyright`) stay: many must be shipped. */
const DOCS =
  /^usr\/(?:local\/)?share\/(?:man|info|gtk-doc|help|doc-base|lintian)\/[^/]+$|^usr\/(?:local\/)?share\/doc\/[^/]+\/(?!copyright$)[^/]+$/
const TEMPORARY = /^(?:tmp|var\/tmp)\/[^/]+$/

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  'package-caches': { title: 'package caches', matches: path => CACHES.test(path) },
  'python-bytecode': { title: 'Python bytecode', matches: path => path.endsWith('.pyc') || baseName(path) === '__pycache__' },
  docs: { title: 'documentation (licences stay)', matches: path => DOCS.test(path) },
  'temporary-files': { title: 'temporary files', matches: path => TEMPORARY.test(path) },
}

export function isPresetName(value: unknown): value is PresetName {
  return typeof value === 'string' && Object.hasOwn(PRESETS, value)
}
