import { readFileSync } from 'node:fs'
import type { Descriptor } from '../../blob/descriptor.ts'
import { readTrustedKey, type TrustedKey } from '../../blob/signature.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { type Image, loadAny } from '../../image/load.ts'
import { type ArtifactFacts, artifactFacts } from '../artifact/artifact-facts.ts'
import type { Session } from '../session.ts'
import type { ReferrerRow } from './referrer-rows.ts'
import { type Verdict, verdictOf } from './signature-verdict.ts'

export type ShownReferrer = {
  readonly image: Image
  readonly facts: ArtifactFacts
  /** By file, where a key was given. */
  readonly verdicts: readonly (Verdict | undefined)[]
}

export type ShowOptions = {
  /** A file with a public key or a certificate. */
  readonly key: string | undefined
  /** The descriptor whose digest must be signed: the referrer's subject. */
  readonly subject: Descriptor
  readonly signal: AbortSignal
}

/**
 * Reads one referrer: its documents, what they say, and with a key whether their signatures are right. No registry and no log of
 * signatures is asked.
 * @throws ImageError `KEY_INVALID`, those of the source
 */
export async function shownReferrer(session: Session, row: ReferrerRow, options: ShowOptions): Promise<ShownReferrer> {
  const { signal, subject } = options
  const key = options.key === undefined ? undefined : trustedKey(options.key)
  const image = await loadAny(session.source, row.descriptor, signal)
  const facts = await artifactFacts(session.source, image, signal)
  const verdicts: (Verdict | undefined)[] = []
  for (const file of facts.files) verdicts.push(key && (await verdictOf(session.source, file, { key, subject, signal })))
  return { image, facts, verdicts }
}

function trustedKey(file: string): TrustedKey {
  const name = `"${escapeText(file)}"`
  try {
    return readTrustedKey(readFileSync(file), name)
  } catch (error) {
    if (error instanceof ImageError) throw error
    throw new ImageError('KEY_INVALID', `Cannot use ${name} to verify: it cannot be read`, { cause: error })
  }
}
