// Draws screenshots/ from the real program in a real pseudo-terminal: `npm run screenshots [-- IMAGE]`.
// Without an image the built-in demo is shown.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Resvg } from '@resvg/resvg-js'
import { drawSvg } from './draw-svg.ts'
import { KEY, type PtySession, peelInTerminal } from './pty.ts'

const target = fileURLToPath(new URL('../../screenshots/', import.meta.url))
const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf')

type Scene = { readonly name: string; readonly keys: readonly string[]; readonly shows: readonly (string | RegExp)[] }

const WIDE: readonly Scene[] = [
  { name: 'overview', keys: ['j', KEY.right], shows: ['3 FILES'] },
  { name: 'waste', keys: [']', ']'], shows: ['3 WASTE'] },
  { name: 'config', keys: [']', ']'], shows: ['3 CONFIG'] },
  { name: 'ids', keys: [']', ']'], shows: ['3 IDS'] },
  { name: 'palette', keys: [':'], shows: ['COMMANDS'] },
]
const NARROW: readonly Scene[] = [
  { name: 'small-files', keys: ['j', KEY.right], shows: ['3 FILES'] },
  { name: 'small-layers', keys: ['1'], shows: ['command'] },
]

async function shoot(session: PtySession, scenes: readonly Scene[]): Promise<void> {
  await session.shows(/% wasted/, '3 FILES')
  await session.settled()
  for (const { name, keys, shows } of scenes) {
    for (const key of keys) session.type(key)
    await session.shows(...shows)
    await session.settled()
    save(name, drawSvg(session.model.terminal, `peel: ${name}`))
  }
  await session.close()
}

function save(name: string, svg: string): void {
  mkdirSync(target, { recursive: true })
  writeFileSync(`${target}${name}.svg`, svg)
  const fontFiles = ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf'].map(file => join(fonts, file))
  const options = { font: { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans Mono' } }
  writeFileSync(`${target}${name}.png`, new Resvg(svg, options).render().asPng())
  console.log(`screenshots/${name}.svg, .png`)
}

const [image = 'demo'] = process.argv.slice(2)
// npm runs scripts in the repository; a relative path means where the person was.
const cwd = process.env['INIT_CWD'] ?? process.cwd()
const env = { COLORTERM: 'truecolor' }
await shoot(peelInTerminal([image], { columns: 120, rows: 36, env, cwd }), WIDE)
await shoot(peelInTerminal([image], { columns: 80, rows: 24, env, cwd }), NARROW)
await shoot(peelInTerminal([image, '--theme', 'night'], { columns: 120, rows: 36, env, cwd }), [
  { name: 'theme-night', keys: ['j', KEY.right], shows: ['3 FILES'] },
])
