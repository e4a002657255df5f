// Draws screenshots/ from the real program in a real pseudo-terminal: `npm run screenshots [-- IMAGE]`. Without an image
// the benchmark's real one is shown where it has been made (`npm run bench`), else the built-in demo.
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Resvg } from '@resvg/resvg-js'
import { CACHE } from '../../bench/bench-kit.ts'
import { KEY, type PtySession, peelInTerminal } from '../program/pty.ts'
import { drawSvg, LIGHT } from './draw-svg.ts'
import { encodePng } from './encode-png.ts'
import { movingSvg } from './moving-svg.ts'

const target = fileURLToPath(new URL('../../../screenshots/', import.meta.url))
const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf')
const benched = join(CACHE, 'debian', 'big')

type Scene = {
  readonly name: string
  readonly keys: readonly string[]
  /** Keys that need the list which `keys` open, and what that shows. */
  readonly opens?: RegExp
  readonly inList?: readonly string[]
  readonly shows: readonly (string | RegExp)[]
}

/** Files that are copied and then written again for their owner: both layers marked, and planned for. */
const TO_PLAN = ['1', 'g', ...'jjjj', ' ', 'j', 'V', 's']

/** The pages that are drawn on a dark ground and, in the theme for it, on a light one. */
const PAGES: readonly Scene[] = [
  { name: 'story', keys: ['0', 'j'], shows: ['STORY  '] },
  { name: 'files', keys: ['2'], opens: /FILES .* 1\/\d/, inList: ['j', KEY.right, 'j', KEY.right, 'j'], shows: ['▾ usr/'] },
  { name: 'treemap', keys: ['M'], shows: ['TREEMAP', /% {2}\S/] },
  { name: 'matrix', keys: [KEY.escape, '1', 't'], shows: ['MATRIX'] },
  { name: 'findings', keys: [KEY.escape, '!', 'j'], shows: ['FINDINGS'] },
  {
    name: 'compare',
    keys: [KEY.escape, '1', 'g', 'j', 'j', '=', 'G', '='],
    shows: ['WHY, BY DIRECTORY', /packages {2,}(?!settings|looking| )/],
  },
  { name: 'plan', keys: [KEY.escape, ...TO_PLAN], shows: ['%   measured'] },
]
const WIDE: readonly Scene[] = [
  ...PAGES,
  { name: 'palette', keys: [KEY.escape, ':', ...'layer'], shows: ['COMMANDS'] },
  { name: 'waste', keys: [KEY.escape, KEY.escape, '3'], shows: [/WASTE .* 1\/\d/] },
  { name: 'biggest', keys: ['4'], shows: [/BIGGEST .* 1\/\d/] },
  { name: 'config', keys: ['5', '5'], shows: ['CONFIG  '] },
  { name: 'ids', keys: ['7'], shows: ['IDS  '] },
]
const NARROW: readonly Scene[] = [
  { name: 'small-story', keys: ['0', 'j'], shows: ['STORY  '] },
  { name: 'small-files', keys: ['2', 'j', KEY.right], shows: ['FILES  '] },
  { name: 'small-layers', keys: ['1'], shows: ['command'] },
]
const NIGHT: readonly Scene[] = [{ name: 'theme-night', keys: ['0', 'j'], shows: ['STORY  '] }]

/** On the ground of a light terminal. */
const PAPER: readonly Scene[] = PAGES.map(scene => ({ ...scene, name: `paper-${scene.name}` }))

/** Reading and measuring a gigabyte takes its time where other work is done. */
const WORK_MILLISECONDS = 10 * 60_000

async function isRead(session: PtySession): Promise<void> {
  await session.until(screen => / hidden/.test(screen) && !/so far|checking/.test(screen), 'read all of it', WORK_MILLISECONDS)
}

async function showing(session: PtySession, texts: Scene['shows']): Promise<void> {
  const has = (screen: string) => texts.every(text => (typeof text === 'string' ? screen.includes(text) : text.test(screen)))
  await session.until(has, `show ${texts.join(' and ')}`, WORK_MILLISECONDS)
}

async function type(session: PtySession, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    session.type(key)
    await session.settled()
  }
}

async function shoot(session: PtySession, scenes: readonly Scene[], ground?: typeof LIGHT): Promise<void> {
  await isRead(session)
  await session.settled()
  for (const { name, keys, opens, inList = [], shows } of scenes) {
    await type(session, keys)
    if (opens !== undefined) await showing(session, [opens])
    await type(session, inList)
    await showing(session, shows)
    await session.settled()
    save(name, drawSvg(session.model.terminal, `peel: ${name}`, ground))
  }
  await session.close()
}

/** Open, see, mark, squash: the keys of the moving picture, what each shows, and how long it stays. */
const TOUR: readonly (Omit<Scene, 'name'> & { readonly seconds: number })[] = [
  // Without the hints of the demo's own tour.
  { keys: ['Q'], shows: ['STORY  '], seconds: 3 },
  { keys: ['j', 'j', 'j'], shows: ['STORY  '], seconds: 1.5 },
  { keys: [KEY.enter], shows: ['FILES  '], seconds: 2.5 },
  { keys: ['0'], shows: ['STORY  '], seconds: 1 },
  { keys: [' '], shows: ['STORY  '], seconds: 1.5 },
  { keys: ['s'], shows: [/SQUASH|PLAN/], seconds: 1.5 },
  { keys: [], shows: ['measured'], seconds: 3.5 },
]

async function film(session: PtySession): Promise<void> {
  await isRead(session)
  const frames: { svg: string; seconds: number }[] = []
  for (const { keys, shows, seconds } of TOUR) {
    await type(session, keys)
    await showing(session, shows)
    await session.settled()
    frames.push({ svg: drawSvg(session.model.terminal, 'peel: open, see, mark, squash'), seconds })
  }
  await session.close()
  writeFileSync(`${target}moving.svg`, movingSvg(frames))
  console.log('screenshots/moving.svg')
}

function save(name: string, svg: string): void {
  mkdirSync(target, { recursive: true })
  writeFileSync(`${target}${name}.svg`, svg)
  const fontFiles = ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf'].map(file => join(fonts, file))
  const options = { font: { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans Mono' } }
  const { pixels, width, height } = new Resvg(svg, options).render()
  writeFileSync(`${target}${name}.png`, encodePng(pixels, width, height))
  console.log(`screenshots/${name}.svg, .png`)
}

/** The image to show: no path of this machine gets into a picture, so the real image goes by a short name. */
function subject(place: string): { readonly reference: string; readonly cwd: string } {
  const [wanted] = process.argv.slice(2)
  // npm runs scripts in the repository; a relative path means where the person was.
  if (wanted !== undefined) return { reference: wanted, cwd: process.env['INIT_CWD'] ?? process.cwd() }
  if (!existsSync(join(benched, 'index.json'))) return { reference: 'demo', cwd: place }
  symlinkSync(resolve(benched), join(place, 'app'))
  return { reference: './app', cwd: place }
}

const place = mkdtempSync(join(tmpdir(), 'peel-screenshots-'))
try {
  const { reference, cwd } = subject(place)
  console.log(`Showing ${reference === './app' ? `the benchmark's image, ${benched}` : reference}.`)
  // Layers are read once for all pictures.
  const env = { COLORTERM: 'truecolor', XDG_CACHE_HOME: join(place, 'cache') }
  const options = { env, cwd, settings: {} }
  await film(peelInTerminal(['demo'], { columns: 80, rows: 24, ...options }))
  await shoot(peelInTerminal([reference], { columns: 120, rows: 36, ...options }), WIDE)
  await shoot(peelInTerminal([reference], { columns: 80, rows: 24, ...options }), NARROW)
  await shoot(peelInTerminal([reference, '--theme', 'night'], { columns: 120, rows: 36, ...options }), NIGHT)
  await shoot(peelInTerminal([reference, '--theme', 'paper'], { columns: 120, rows: 36, ...options }), PAPER, LIGHT)
} finally {
  rmSync(place, { recursive: true, force: true })
}
