import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { envelopePayload } from '../../../src/list/envelope.ts'

const STATEMENT = '{"_type":"https://in-toto.io/Statement/v1"}'
const payload = Buffer.from(STATEMENT).toString('base64')
const envelope = { payloadType: 'application/vnd.in-toto+json', payload, signatures: [] }

describe('a signed envelope', () => {
  test('shows what it carries, alone and in a Sigstore bundle', () => {
    assert.equal(envelopePayload(JSON.stringify(envelope)), STATEMENT)
    assert.equal(envelopePayload(JSON.stringify({ mediaType: 'x', dsseEnvelope: envelope })), STATEMENT)
  })

  test('anything else is shown as it is', () => {
    for (const text of [
      '',
      '{"payload":"e30="}',
      '{"payload":',
      JSON.stringify({ ...envelope, payload: 5 }),
      JSON.stringify({ ...envelope, payload: Buffer.from('not JSON').toString('base64') }),
      JSON.stringify({ ...envelope, payload: '\u001b' }),
      JSON.stringify([envelope]),
    ])
      assert.equal(envelopePayload(text), undefined, text)
  })
})
