import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, test } from 'node:test'
import { needsAscii } from '../../src/cli/run/needs-ascii.ts'
import { createOutput } from '../../src/cli/run/output.ts'

describe('a terminal that shows ASCII alone', () => {
  const written = async (isTTY: boolean, ascii: boolean, chunk: string | Uint8Array) => {
    const chunks: Buffer[] = []
    const stream = new Writable({ write: (each, _encoding, done) => done(chunks.push(each) === 0 ? null : undefined) })
    const output = createOutput(Object.assign(stream, { isTTY, columns: 80 }) as unknown as NodeJS.WriteStream, {
      ascii: () => ascii,
    })
    await output.write(chunk)
    return Buffer.concat(chunks).toString()
  }
  const said = 'docker’s image · 3 → 2 …  app/München.txt\n'

  test('gets what stands for signs of ours, and names as they are', async () => {
    assert.equal(await written(true, true, said), "docker's image . 3 > 2 ~  app/München.txt\n")
  })

  test('changes nothing for a pipe, for bytes of a file, and elsewhere', async () => {
    assert.equal(await written(false, true, said), said)
    assert.equal(await written(true, true, Buffer.from(said)), said)
    assert.equal(await written(true, false, said), said)
  })

  test('is known by its locale or its name', () => {
    assert.deepEqual(
      [{}, { LANG: 'C.UTF-8' }, { LANG: 'en_US.utf8', LC_ALL: 'C' }, { LC_CTYPE: 'de_DE.ISO-8859-1' }, { TERM: 'linux' }].map(
        needsAscii,
      ),
      [false, false, true, true, true],
    )
  })
})
