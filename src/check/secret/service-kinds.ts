import { isPlaceholder, isRandom } from './placeholder.ts'
import type { SecretPlace, Sighting, ValueKind } from './secret-kind.ts'
import { token } from './token.ts'

/** Keys of services that are called over the web. */
export const SERVICE_KINDS: readonly ValueKind[] = [
  {
    id: 'secret/slack',
    name: 'Slack token',
    severity: 'error',
    literals: ['xoxb-', 'xoxp-', 'xoxa-', 'xoxo-', 'xoxr-', 'xoxs-', 'xoxe-', 'xoxe.', 'xapp-'],
    // A token ends where the next begins: a row of such literals is read once, not once for each.
    read: token(
      /(?:xox[bpaors]-((?:(?!xox[a-z][-.])[A-Za-z0-9-]){20,250}(?<!-))|xox(?:e\.xox[bp]|e)-\d-([A-Za-z0-9-]{40,250})|xapp-\d-([A-Za-z0-9-]{20,250}))/y,
      { accept: found => /\d/.test(found) },
    ),
  },
  {
    id: 'secret/slack',
    name: 'Slack webhook',
    severity: 'error',
    literals: ['hooks.slack.com/'],
    read: place =>
      webhook(
        place,
        /hooks\.slack\.com\/(?:services|workflows)\/([A-Z0-9]{8,14}\/[A-Z0-9]{8,14}\/[A-Za-z0-9]{20,32}(?:\/[A-Za-z0-9]{16,32})?)/y,
      ),
  },
  {
    id: 'secret/discord',
    name: 'Discord webhook',
    severity: 'error',
    literals: ['/api/webhooks/'],
    read: place => webhook(place, /\/api\/webhooks\/(\d{17,20}\/[\w-]{60,80})/y),
  },
  {
    id: 'secret/stripe',
    name: 'Stripe key',
    severity: 'error',
    literals: ['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_', 'pk_live_', 'whsec_'],
    read: token(/(?:[srp]k_(?:live|test)_([A-Za-z0-9]{24,247})|whsec_([A-Za-z0-9+/]{32,64}=?))/y, { judge: stripeKey }),
  },
  {
    id: 'secret/sendgrid',
    name: 'SendGrid key',
    severity: 'error',
    literals: ['SG.'],
    read: token(/SG\.([\w-]{22}\.[\w-]{43})/y),
  },
  { id: 'secret/openai', name: 'OpenAI key', severity: 'error', literals: ['T3BlbkFJ'], read: openAiKey },
  {
    id: 'secret/anthropic',
    name: 'Anthropic key',
    severity: 'error',
    literals: ['sk-ant-'],
    read: token(/sk-ant-(?:api|admin|oat)\d\d-([\w-]{80,120})/y),
  },
  {
    id: 'secret/huggingface',
    name: 'Hugging Face token',
    severity: 'error',
    literals: ['hf_', 'api_org_'],
    read: token(/(?:hf|api_org)_([A-Za-z]{34})/y, { bits: 3.5 }),
  },
  { id: 'secret/groq', name: 'Groq key', severity: 'error', literals: ['gsk_'], read: token(/gsk_([A-Za-z0-9]{52})/y) },
  {
    id: 'secret/replicate',
    name: 'Replicate token',
    severity: 'error',
    literals: ['r8_'],
    read: token(/r8_([A-Za-z0-9]{37})/y, { bits: 3.5 }),
  },
  {
    id: 'secret/shopify',
    name: 'Shopify token',
    severity: 'error',
    literals: ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
    read: token(/shp(?:at|ca|pa|ss)_([a-fA-F0-9]{32})/y),
  },
  {
    id: 'secret/1password',
    name: '1Password service account token',
    severity: 'error',
    literals: ['ops_eyJ'],
    read: token(/ops_(eyJ[\w+/-]{200,2000}={0,2})/y),
  },
  { id: 'secret/telegram', name: 'Telegram bot token', severity: 'error', literals: [':AA'], read: telegramToken },
  { id: 'secret/newrelic', name: 'New Relic key', severity: 'error', literals: ['NRAK-'], read: token(/NRAK-([A-Z0-9]{27})/y) },
  {
    id: 'secret/sentry',
    name: 'Sentry token',
    severity: 'error',
    literals: ['sntrys_eyJ', 'sntryu_'],
    read: token(/(?:sntrys_eyJ([\w+/=-]{80,400})|sntryu_([a-f0-9]{64}))/y),
  },
  {
    id: 'secret/postman',
    name: 'Postman key',
    severity: 'error',
    literals: ['PMAK-'],
    read: token(/PMAK-([a-f0-9]{24}-[a-f0-9]{34})/y),
  },
  {
    id: 'secret/doppler',
    name: 'Doppler token',
    severity: 'error',
    literals: ['dp.pt.', 'dp.st.'],
    read: token(/dp\.(?:pt|st\.[\w-]{2,35})\.([A-Za-z0-9]{40,44})/y),
  },
]

/** A test key moves no money, a publishable one is in every page. */
function stripeKey(key: string): Partial<Sighting> {
  if (key.startsWith('whsec_')) return { name: 'Stripe webhook secret' }
  if (key.startsWith('pk_')) return { severity: 'info', name: 'Publishable Stripe key' }
  return key.slice(3, 7) === 'test' ? { severity: 'info', name: 'Stripe test key' } : {}
}

function webhook({ text, at }: SecretPlace, pattern: RegExp): Sighting | undefined {
  pattern.lastIndex = at
  const match = pattern.exec(text)
  const secret = match?.[1]
  const last = secret?.slice(secret.lastIndexOf('/') + 1)
  if (match === null || secret === undefined || last === undefined || isPlaceholder(secret) || !isRandom(last)) return undefined
  const end = at + match[0].length
  return { start: end - secret.length, end }
}

/** The mark, `OpenAI` in base 64, is in the middle of a key. */
function openAiKey({ text, at }: SecretPlace): Sighting | undefined {
  const head = /(?:^|[^\w-])(sk-(?:proj-|svcacct-|admin-|None-)?[\w-]{20,80})$/.exec(text.slice(Math.max(0, at - 100), at))?.[1]
  OPENAI_TAIL.lastIndex = at
  const tail = OPENAI_TAIL.exec(text)?.[0]
  if (head === undefined || tail === undefined || isPlaceholder(head) || isPlaceholder(tail) || !isRandom(head + tail, 3.5))
    return undefined
  return { start: at - head.length, end: at + tail.length }
}

const OPENAI_TAIL = /T3BlbkFJ[\w-]{20,80}(?![\w-])/y

/** A bot's number, then 35 characters of which the first two are always these. */
function telegramToken({ text, at }: SecretPlace): Sighting | undefined {
  const head = /(?:^|\D)(\d{8,10})$/.exec(text.slice(Math.max(0, at - 11), at))?.[1]
  TELEGRAM.lastIndex = at
  const tail = TELEGRAM.exec(text)?.[1]
  if (head === undefined || tail === undefined || isPlaceholder(head) || isPlaceholder(tail) || !isRandom(tail, 3.5))
    return undefined
  return { start: at - head.length, end: at + 1 + tail.length }
}

const TELEGRAM = /:(AA[\w-]{33})(?![\w-])/y
