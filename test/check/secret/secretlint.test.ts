import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lintSource } from '@secretlint/core'
import { creator } from '@secretlint/secretlint-rule-preset-recommend'
import { KIND_SAMPLES } from '../../kit/samples/kind-samples.ts'
import { scanned } from '../../kit/samples/scan-secrets.ts'

/** Samples that secretlint reports and peel does not, each with why. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'secret/github app/wrong.txt': 'its checksum is wrong: no service ever gave it out',
  'secret/npm app/other': 'its checksum is wrong: no service ever gave it out',
  'secret/gitlab app/word': 'words in the place of a token',
  'secret/slack app/words': 'words in the place of a token',
  'secret/slack app/docs': 'the webhook of the documentation, zeros and crosses',
  'secret/openai app/a.md': 'one character all through',
  'secret/url-password app/README.md': 'documentation: addresses there are examples',
  'secret/url-password app/app.yml': 'a word that stands for a password',
  // `example.md` of a kind is its prefix and one character all through.
  ...Object.fromEntries(Object.keys(KIND_SAMPLES).map(id => [`${id} app/example.md`, 'one character all through'])),
}

async function reportedBySecretlint(path: string, content: string): Promise<boolean> {
  const rules = [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }]
  const source = { content, filePath: `/${path}`, ext: '', contentType: 'text' as const }
  const { messages } = await lintSource({ source, options: { config: { rules } } })
  return messages.some(({ type }) => type === 'message')
}

describe('secretlint as an oracle', () => {
  test('whatever it reports of the samples peel reports too, or it is said why not', async () => {
    const lacking: string[] = []
    let reported = 0
    for (const [id, { must, mustNot }] of Object.entries(KIND_SAMPLES)) {
      for (const [path, text] of [...must, ...mustNot]) {
        if (!(await reportedBySecretlint(path, text))) continue
        reported++
        if (scanned(path, text).length === 0) lacking.push(`${id} ${path}`)
      }
    }
    assert.ok(reported > 80, `secretlint reports ${reported} samples`)
    assert.deepEqual(
      lacking.filter(each => EXPLAINED[each] === undefined),
      [],
    )
  })
})
