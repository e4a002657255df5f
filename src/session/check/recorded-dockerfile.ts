import { readStatement } from '../../artifact/summary/statement.ts'
import type { RecordedFile } from '../../check/dockerfile/recorded-lines.ts'
import type { ChosenImage } from '../opened-image.ts'
import { statementsOf } from './find-base.ts'

/** The Dockerfile that a build recorded in a provenance attestation beside the image; undefined where none did. */
export async function recordedDockerfile(
  opened: Pick<ChosenImage, 'session' | 'image'>,
  signal: AbortSignal,
): Promise<RecordedFile | undefined> {
  for (const document of await statementsOf(opened, signal)) {
    const predicate = readStatement(document)?.predicate
    if (predicate?.kind !== 'provenance') continue
    const [file] = predicate.files
    if (file !== undefined) return { name: file.name, text: file.text }
  }
  return undefined
}
