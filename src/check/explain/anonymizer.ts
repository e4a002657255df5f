/** Directories that every image has: they say nothing about its maker. */
const COMMON = new Set(
  `bin boot dev etc home lib lib32 lib64 media mnt opt proc root run sbin srv sys tmp usr var local share cache log apt lists dpkg archives include src
  cron.d profile.d ssh ssl certs app .git .env .npm .cache pip node_modules dist-info site-packages __pycache__`.split(/\s+/),
)

/** Replaces names that people chose by `path_1` …, and puts them back into an answer. */
export class Anonymizer {
  readonly #enabled: boolean
  readonly #names = new Map<string, string>()

  constructor(enabled: boolean) {
    this.#enabled = enabled
  }

  path(path: string): string {
    if (!this.#enabled) return path
    return path
      .split('/')
      .map(component => (component === '' || COMMON.has(component) ? component : this.#nameFor(component)))
      .join('/')
  }

  /** Paths inside a sentence. */
  inText(text: string): string {
    return this.#enabled ? text.replace(/\/[\w./@+-]+/g, path => this.path(path)) : text
  }

  restore(text: string): string {
    const originals = new Map([...this.#names].map(([name, replaced]) => [replaced, name]))
    return text.replace(/\bpath_\d+\b/g, replaced => originals.get(replaced) ?? replaced)
  }

  #nameFor(component: string): string {
    const known = this.#names.get(component) ?? `path_${this.#names.size + 1}`
    this.#names.set(component, known)
    return known
  }
}
