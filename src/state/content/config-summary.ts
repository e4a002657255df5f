import { escapeText } from '../../escape.ts'
import type { Healthcheck, ImageConfig } from '../../image/config.ts'
import { formatPlatform } from '../../image/platform.ts'
import { type Fact, fact, heading } from '../../line/facts.ts'

/** The config in words: how a container of the image starts. */
export function configSummary({ platform, created, author, container }: ImageConfig): readonly Fact[] {
  const list = (name: string, values: readonly string[]) =>
    values.map((value, index) => fact(index === 0 ? name : ' ', escapeText(value)))
  const command = (name: string, words: readonly string[] | undefined) =>
    words === undefined ? [] : [fact(name, escapeText(JSON.stringify(words)))]
  const text = (name: string, value: string | undefined) =>
    value === undefined || value === '' ? [] : [fact(name, escapeText(value))]
  return [
    fact('platform', formatPlatform(platform)),
    ...text('created', created),
    ...text('author', author),
    fact('user', container.user ? escapeText(container.user) : 'root, as none is set'),
    ...command('entrypoint', container.entrypoint),
    ...command('cmd', container.cmd),
    ...text('directory', container.workingDir),
    ...list('ports', container.exposedPorts),
    ...list('volumes', container.volumes),
    ...text('stop signal', container.stopSignal),
    ...command('shell', container.shell),
    ...(container.healthcheck === undefined ? [] : healthFacts(container.healthcheck)),
    ...list('on build', container.onBuild),
    ...section('Environment', container.env.map(pair)),
    ...section(
      'Labels',
      Object.entries(container.labels).map(([name, value]) => fact(escapeText(name), escapeText(value))),
    ),
  ]
}

function section(title: string, facts: readonly Fact[]): readonly Fact[] {
  return facts.length === 0 ? [] : [heading(title), ...facts]
}

function pair(variable: string): Fact {
  const equals = variable.indexOf('=')
  return equals <= 0
    ? fact(' ', escapeText(variable))
    : fact(escapeText(variable.slice(0, equals)), escapeText(variable.slice(equals + 1)))
}

function healthFacts({ test, interval, timeout, startPeriod, retries }: Healthcheck): readonly Fact[] {
  const every = [
    interval === undefined ? '' : `every ${seconds(interval)}`,
    timeout === undefined ? '' : `timeout ${seconds(timeout)}`,
    startPeriod === undefined ? '' : `after ${seconds(startPeriod)}`,
    retries === undefined ? '' : `${retries} retries`,
  ].filter(part => part !== '')
  return [fact('health check', [escapeText(JSON.stringify(test)), ...every].join('  '))]
}

/** Of nanoseconds. */
function seconds(nanoseconds: number): string {
  return `${nanoseconds / 1e9} s`
}
