import { parseAnswer, plainAnswer } from '../../check/explain/answer.ts'
import { errorPrompt, explanationPrompt, type ModelPrompt, type PromptOptions } from '../../check/explain/prompt.ts'
import type { Explained, Explanation } from '../../check/explanation.ts'
import type { Report } from '../../check/report.ts'
import { ImageError } from '../../error.ts'
import type { Image } from '../../image/load.ts'
import { askModel, chatAddress, type Message, type ModelPlace } from '../../transport/model/model-client.ts'

/** How an explanation is asked for. */
export type ExplainRequest = {
  readonly place: ModelPlace
  readonly options: PromptOptions
  /** Told where how much goes before it is sent: bytes and a host with its port. */
  readonly onSend: (bytes: number, host: string) => void
}

/** The messages that would be sent, as they are sent, for `--show-prompt`. */
export function promptText(report: Report, image: Image, options: PromptOptions): string {
  return JSON.stringify(messagesOf(explanationPrompt(report, image, options)))
}

function messagesOf({ system, user }: ModelPrompt): readonly Message[] {
  return [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ]
}

/**
 * Has a report explained. Never rejects for what the model or its server does: that is part of the result, and changes no finding.
 * @throws ImageError `MODEL_ADDRESS_INVALID`, and when `signal` is aborted
 */
export async function explainReport(
  report: Report,
  image: Image,
  request: ExplainRequest,
  signal: AbortSignal,
): Promise<Explained> {
  return await explained(explanationPrompt(report, image, request.options), request, signal)
}

/** Codes of what registries and the ways to them answer. */
const OF_REGISTRIES =
  /^(?:ADDRESS_REFUSED|ANSWER_INVALID|BLOB_MISSING|CATALOG_|CONNECTION_|CREDENTIALS_|DENIED|HOST_|LISTING_|MANIFEST_UNKNOWN|NAME_UNKNOWN|NOT_FOUND|PLATFORM_NOT_FOUND|PROXY_|RANGE_|RATE_|REALM_|REDIRECT_|REGISTRY_|SLOW_|TLS_|TOKEN_|TOO_LARGE|UNAUTHORIZED)/

/** The same for an error of a registry; undefined for any other. @throws as `explainReport` */
export async function explainError(
  { code, message, hint }: ImageError,
  meaning: string,
  request: ExplainRequest,
  signal: AbortSignal,
): Promise<Explained | undefined> {
  if (!OF_REGISTRIES.test(code)) return undefined
  return await explained(errorPrompt({ code, message, hint, meaning }, request.options), request, signal)
}

async function explained(prompt: ModelPrompt, { place, onSend }: ExplainRequest, signal: AbortSignal): Promise<Explained> {
  const generated = { model: place.model, endpoint: chatAddress(place).host, promptDigest: prompt.digest }
  const messages = messagesOf(prompt)
  onSend(Buffer.byteLength(JSON.stringify(messages)), generated.endpoint)
  try {
    const first = await askModel(place, messages, signal)
    const explanation = parseAnswer(first, prompt) ?? (await repaired(place, messages, first, prompt, signal))
    return { generated, explanation }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ImageError)) throw error
    const { code, message, hint } = error
    return { generated, error: { code, message, ...(hint !== undefined && { hint }) } }
  }
}

/** One more try for an answer that is not of the shape; then it is text. */
async function repaired(
  place: ModelPlace,
  messages: readonly Message[],
  answer: string,
  prompt: ModelPrompt,
  signal: AbortSignal,
): Promise<Explanation> {
  const again: readonly Message[] = [
    ...messages,
    { role: 'assistant', content: answer.slice(0, 8000) },
    {
      role: 'user',
      content: 'That is not one JSON object of the shape that was asked for. Answer again, with the object alone.',
    },
  ]
  return parseAnswer(await askModel(place, again, signal), prompt) ?? plainAnswer(answer, prompt)
}
