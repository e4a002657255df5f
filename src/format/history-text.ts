import type { History } from '../image/history.ts'
import { oneLine } from './file-text.ts'

/** The command of a build step as a person reads it: without the shell around it and buildkit's remarks. Escaped. */
export function commandText(history: History | undefined): string {
  if (history === undefined) return 'no history'
  const command = history.createdBy ?? history.comment ?? ''
  const bare = command
    .replace(/^(?:\/bin\/sh|\/bin\/bash) -c #\(nop\)\s*/, '')
    .replace(/^RUN (?:\/bin\/sh -c )?/, 'RUN ')
    .replace(/^\|\d+ (?:[^\s=]+=\S* )*(?:\/bin\/(?:ba)?sh -c )/, '')
    .replace(/^\/bin\/(?:ba)?sh -c /, '')
    .replace(/ # buildkit$/, '')
    .replace(GO_PORTS, (_, ports: string) => `EXPOSE ${ports.replaceAll(':{}', '')}`)
  return oneLine(bare) || (history.comment === undefined ? '—' : oneLine(history.comment))
}

/** Ports as Go prints a map. */
const GO_PORTS = /^EXPOSE (?:map)?\[([^[\]]*)\]$/s

/** How long ago, in the largest whole unit: `3 months`. Empty when nothing is known or it is no date. */
export function ageText(created: string | undefined, now: number): string {
  const time = created === undefined ? Number.NaN : Date.parse(created)
  if (Number.isNaN(time)) return ''
  // Reproducible builds date everything to the epoch: that is no age.
  if (time <= 0) return 'epoch'
  const seconds = Math.floor((now - time) / 1000)
  if (seconds < 0) return 'future'
  for (const [name, length] of UNITS) {
    const count = Math.floor(seconds / length)
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`
  }
  return 'now'
}

const UNITS: readonly (readonly [string, number])[] = [
  ['year', 31_556_952],
  ['month', 2_629_746],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]
