import { type Command, InvalidArgumentError } from 'commander'
import { shortDigest } from '../../blob/digest.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { withSession } from '../../session/opened-image.ts'
import { type ReferrerRow, type ReferrerRows, referrerRows } from '../../session/referrer/referrer-rows.ts'
import { type ShownReferrer, shownReferrer } from '../../session/referrer/shown-referrer.ts'
import type { Session } from '../../session/session.ts'
import { referrerText, shownJson } from '../print/referrer-shown.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { parseCount } from '../run/options.ts'
import { typed } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  typed(command)
    .argument('<image>', 'the image that is referred to')
    .option('--show <n>', 'print the content of the referrer with this number, the first being 1', parseNumber)
    .option('--key <file>', 'with --show: a public key or certificate that its signatures are held against')
    .option('--json', 'as one JSON object')
    .addHelpText('after', '\nWith --key a signature that is wrong ends with status 1.')
    .action((reference, values) => {
      const [wanted, key] = [values.show, values.key]
      if (key !== undefined && wanted === undefined)
        throw new UsageError('USAGE', 'Cannot use --key alone: --show says which referrer it is about')
      return withSession(context.asking(), reference, session => referrers(context, session, wanted, key))
    })
}

function parseNumber(typed: string): number {
  try {
    return parseCount(typed)
  } catch {
    throw new InvalidArgumentError('Referrers are counted as they are listed, 1 first.')
  }
}

async function referrers(context: Context, session: Session, wanted: number | undefined, key: string | undefined): Promise<void> {
  const found = await referrerRows(context.asking(), session)
  if (wanted !== undefined) await show(context, session, found, wanted, key)
  else if (context.json) await context.output.write(rowsJson(found))
  else if (found.rows.length === 0 && context.output.terminal) await context.output.writeLines(['Nothing refers to the image.'])
  else await context.output.writeLines(found.rows.map(rowText))
  await context.warn([...(session.source.diagnostics ?? []), ...found.diagnostics])
}

async function show(
  context: Context,
  session: Session,
  { subject, rows }: ReferrerRows,
  wanted: number,
  key: string | undefined,
): Promise<void> {
  const row = rows[wanted - 1]
  if (row === undefined) {
    throw new ImageError('REFERRER_NOT_FOUND', `Cannot show referrer ${wanted}: there are ${rows.length}`, {
      hint: 'Without --show they are listed, in this order.',
    })
  }
  const shown = await shownReferrer(session, row, { key, subject: subject.descriptor, signal: context.signal })
  if (isRefused(shown)) context.status = 1
  if (context.json) await context.output.write(`${jsonText(shownJson(row, shown), 2)}\n`)
  else await context.output.writeLines(referrerText(row, shown, context.paint(), context.output.width))
  await context.warn(shown.facts.diagnostics)
}

/** With a key: some signature is wrong, or none is there at all. */
function isRefused({ verdicts }: ShownReferrer): boolean {
  const known = verdicts.filter(verdict => verdict !== undefined)
  return known.length > 0 && (known.includes('wrong') || !known.includes('right'))
}

function rowsJson({ subject, rows }: ReferrerRows): string {
  const { digest, mediaType, size } = subject.descriptor
  return `${jsonText({ subject: { digest, mediaType, size }, referrers: rows.map(rowJson) }, 2)}\n`
}

function rowJson({ descriptor, artifactType, via, tag }: ReferrerRow): object {
  return {
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    size: descriptor.size,
    artifactType,
    annotations: descriptor.annotations ?? {},
    via,
    ...(tag !== undefined && { tag }),
  }
}

function rowText({ descriptor, artifactType, via, tag }: ReferrerRow): string {
  const found = tag === undefined ? via : `${via} ${tag}`
  return `${shortDigest(descriptor.digest)}  ${formatSize(descriptor.size).padStart(9)}  ${escapeText(artifactType)}  ${escapeText(found)}`
}
