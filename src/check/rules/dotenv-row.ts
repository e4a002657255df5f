import { escapeText } from '../../escape.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { wantOf } from '../find-node.ts'
import type { Layers, LayersRule } from '../rule.ts'
import { secretByName } from '../secret/env-name.ts'
import { contentOf, FILES_LIMIT, TEXT_BYTES } from './file-hit.ts'

/** Templates are written to be shipped. */
const TEMPLATE = /\.(?:example|sample|template|dist|tpl|defaults?)$/i

export const dotenv: LayersRule = {
  id: 'leak/dotenv',
  severity: 'warning',
  title: 'A file of environment variables is in the image, with secrets by their names',
  matches: 'A visible .env or .env.WORD with a line whose name says that its value is a secret',
  mustNotMatch:
    '.env.example, .sample, .template and .dist; files with public names only (NEXT_PUBLIC_, VITE_, REACT_APP_); placeholders and empty values',
  fix: { other: 'Add .env to .dockerignore, and give the variables to the container when it starts.' },
  references: ['CIS-DI-0010'],
  needs: 'layers',
  *wants(layers) {
    for (const node of dotenvFiles(layers)) yield* wantOf(node, TEXT_BYTES)
  },
  *look(layers, contents) {
    for (const node of dotenvFiles(layers)) {
      const bytes = contentOf(contents, node)
      const found = bytes === undefined ? [] : secretNames(Buffer.from(bytes).toString('utf8'))
      const [first] = found
      if (first === undefined) continue
      const names = [...new Set(found.map(({ name }) => name))]
      const shown = names.slice(0, 6).map(name => escapeText(name.slice(0, 60)))
      yield {
        path: node.path,
        layer: node.layer,
        detail: `/${displayPath(node.path)} sets ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}.`,
        evidence: { line: first.line },
      }
    }
  },
}

function dotenvFiles({ snapshot, index }: Layers): readonly TreeNode[] {
  return index.named.dotenv
    .slice(0, FILES_LIMIT)
    .flatMap(id => snapshot.node(id) ?? [])
    .filter(({ type, name }) => type === 'file' && !TEMPLATE.test(name))
}

/** Lines `NAME=VALUE`, as shells and dotenv read them, whose name says that the value is a secret. */
function secretNames(text: string): readonly { readonly name: string; readonly line: number }[] {
  return text.split('\n').flatMap((line, index) => {
    const [, name, quoted = ''] = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*?)\s*$/.exec(line.slice(0, 4096)) ?? []
    if (name === undefined) return []
    const value = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(quoted)?.[2] ?? quoted.replace(/\s+#.*$/, '')
    return secretByName({ name, value }) === undefined ? [] : [{ name, line: index + 1 }]
  })
}
