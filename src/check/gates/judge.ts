import { escapeText } from '../../escape.ts'
import { compileGlob } from '../../filter/glob.ts'
import { type FilePath, pathText } from '../../layer/file-path.ts'
import { finish, STEP, type Steps } from '../../overlay/steps.ts'
import type { Finding, JudgedFindings, Suppressed } from '../finding.ts'
import { collapsed, foundBy } from '../findings-of.ts'
import type { Documents, RuleText } from '../rule.ts'
import { IGNORE_EXPIRED, IGNORE_STALE, IGNORE_WITHOUT_REASON } from '../rules/config-texts.ts'
import type { Ignore, PeelYaml } from './settings.ts'

/** The settings that decide which findings are told, and how grave they are. */
export type Judgement = Pick<PeelYaml, 'ignore' | 'severity'> & {
  /** Exceptions of the command line, which need no reason and are not told where they match nothing. */
  readonly ignoreNow: readonly Ignore[]
  /** Only these ids (`waste/*` for a group); all where it is empty. */
  readonly only: readonly string[]
  /** Fingerprints of an earlier report: its findings are not told again. */
  readonly baseline: ReadonlySet<string> | undefined
}

export const TELL_ALL: Judgement = { ignore: [], severity: [], ignoreNow: [], only: [], baseline: undefined }

/**
 * The findings that are told: severities as the settings have them, exceptions and what a baseline knows taken out, then many of one
 * rule told as one. The exceptions themselves are judged too: without reason, expired, matching nothing.
 */
export function judge(
  found: JudgedFindings,
  judgement: Judgement,
  documents: Pick<Documents, 'builder' | 'baseLayers' | 'now'>,
): JudgedFindings {
  return finish(judgeSteps(found, judgement, documents))
}

/** The same in small steps: there may be as many findings as files. */
export function* judgeSteps(
  found: JudgedFindings,
  judgement: Judgement,
  documents: Pick<Documents, 'builder' | 'baseLayers' | 'now'>,
): Steps<JudgedFindings> {
  const wanted = matcherOf(judgement.only)
  const suppressed: Suppressed[] = found.suppressed.filter(({ finding }) => wanted(finding.id))
  const rules = [...judgement.ignore, ...judgement.ignoreNow].map(ignore => new Exception(ignore, documents))
  const told: Finding[] = []
  for (const [at, each] of found.findings.entries()) {
    if (at % STEP === 0) yield
    if (!wanted(each.id)) continue
    const finding = withSeverity(each, judgement.severity)
    const rule = rules.find(each => each.matches(finding))
    if (rule !== undefined) suppressed.push({ finding, reason: rule.reason, by: 'config' })
    else if (judgement.baseline?.has(finding.fingerprint) === true)
      suppressed.push({ finding, reason: 'known from the baseline', by: 'baseline' })
    else told.push(finding)
  }
  const ofFile = rules.slice(0, judgement.ignore.length)
  const own =
    judgement.only.length === 0
      ? exceptionFindings(ofFile, documents).filter(({ fingerprint }) => judgement.baseline?.has(fingerprint) !== true)
      : []
  for (const finding of own) told.push(finding)
  return { findings: yield* collapsed(told), suppressed }
}

function withSeverity(finding: Finding, overrides: PeelYaml['severity']): Finding {
  const severity = overrides.findLast(({ id }) => matcherOf([id])(finding.id))?.severity
  return severity === undefined ? finding : { ...finding, severity }
}

/** `*` stands for any part of an id, its slash included. */
function matcherOf(ids: readonly string[]): (id: string) => boolean {
  const patterns = ids.map(id => id.split('*'))
  return id => patterns.length === 0 || patterns.some(pieces => hasPieces(id, pieces))
}

/** Whether a text is these pieces with anything between them. The first place of each will do: no other leaves more for those after it. */
function hasPieces(text: string, pieces: readonly string[]): boolean {
  const [first = '', ...others] = pieces
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of others) {
    const found = text.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

class Exception {
  readonly ignore: Ignore
  readonly isExpired: boolean
  used = false
  readonly #id: (id: string) => boolean
  readonly #path: ((path: string) => boolean) | undefined
  readonly #baseLayers: number

  constructor(ignore: Ignore, { now, baseLayers }: Pick<Documents, 'now' | 'baseLayers'>) {
    this.ignore = ignore
    this.isExpired = ignore.until !== undefined && ignore.until < now
    this.#id = matcherOf([ignore.id])
    this.#path = ignore.path === undefined ? undefined : compileGlob(ignore.path)
    this.#baseLayers = baseLayers
  }

  get reason(): string {
    return this.ignore.reason ?? this.ignore.source
  }

  matches(finding: Finding): boolean {
    if (!this.#id(finding.id) || !this.#isPath(finding.path) || !this.#isLayer(finding)) return false
    this.used = true
    return !this.isExpired
  }

  #isPath(path: FilePath | null): boolean {
    return this.#path === undefined || (path !== null && this.#path(pathText(path) ?? path))
  }

  #isLayer({ layer, hiddenBy, inBase }: Finding): boolean {
    const wanted = this.ignore.layer
    if (wanted === undefined) return true
    if (wanted === 'base') return inBase || (layer !== null && layer < this.#baseLayers)
    return layer === wanted - 1 || hiddenBy === wanted - 1
  }
}

function exceptionFindings(
  exceptions: readonly Exception[],
  documents: Pick<Documents, 'builder' | 'baseLayers'>,
): readonly Finding[] {
  return exceptions.flatMap(({ ignore, isExpired, used }) => {
    const shown = `${escapeText(ignore.source)}: ignore ${escapeText(ignore.id)}${ignore.path === undefined ? '' : ` at ${escapeText(ignore.path)}`}`
    const key = `${ignore.id} ${ignore.path ?? ''} ${ignore.layer ?? ''}`
    const finding = (rule: RuleText, detail: string) => foundBy(rule, [{ detail, key }], documents).findings
    return [
      ...(ignore.reason === undefined ? finding(IGNORE_WITHOUT_REASON, `${shown} gives no reason.`) : []),
      ...(isExpired
        ? finding(IGNORE_EXPIRED, `${shown} expired on ${new Date(ignore.until ?? 0).toISOString().slice(0, 10)}.`)
        : []),
      ...(!used && !isExpired ? finding(IGNORE_STALE, `${shown} matches no finding.`) : []),
    ]
  })
}
