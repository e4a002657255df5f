/** `npm run docs`: writes the generated part of docs/, and the README's figures. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatedPages } from './pages.ts'
import { withSpeed } from './speed.ts'

const docs = fileURLToPath(new URL('../../docs', import.meta.url))
for (const folder of ['reference', 'schemas']) rmSync(join(docs, folder), { recursive: true, force: true })
for (const [name, content] of await generatedPages()) {
  mkdirSync(dirname(join(docs, name)), { recursive: true })
  writeFileSync(join(docs, name), content)
}
const readme = join(docs, '../README.md')
writeFileSync(readme, withSpeed(readFileSync(readme, 'utf8')))
