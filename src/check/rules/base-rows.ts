import { escapeText } from '../../escape.ts'
import type { DocumentsRule, Rule } from '../rule.ts'

const outdated: DocumentsRule = {
  id: 'base/outdated',
  severity: 'info',
  title: 'The name of the base image means a newer image now',
  matches:
    'Annotations, labels or provenance name the base and its digest, and the name has another digest in the place or the registry of the image itself',
  mustNotMatch: 'Bases without a name or a digest, names of other registries, which are not asked; a platform of the same index',
  fix: { other: 'Build again, or peel rebase IMAGE DEST --new-base NAME, which keeps the layers of the image.' },
  references: ['CIS 4.4'],
  needs: 'documents',
  *look({ newerBase }) {
    if (newerBase === undefined) return
    const { name, built, now } = newerBase
    yield {
      detail: `${escapeText(name)} is ${escapeText(now)} now; the image was built on ${escapeText(built)}.`,
      key: now,
      document: { document: 'manifest', text: ['"org.opencontainers.image.base.digest"', '"annotations"'] },
    }
  },
}

export const BASE_ROWS: readonly Rule[] = [outdated]
