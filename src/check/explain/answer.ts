import { isRecord, strings } from '../../blob/descriptor.ts'
import type { Explanation } from '../explanation.ts'
import type { ModelPrompt } from './prompt.ts'

/** The shape that is asked for, as OpenAI's strict mode takes it: every property required, nothing else. */
export const ANSWER_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['summary', 'actions'],
  properties: {
    summary: { type: 'string' },
    actions: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['findings', 'title', 'why', 'change', 'dockerfile'],
        properties: {
          findings: { type: 'array', items: { type: 'string' } },
          title: { type: 'string' },
          why: { type: 'string' },
          change: { type: 'string' },
          dockerfile: { type: 'string' },
        },
      },
    },
  },
} as const

const [ACTIONS, SUMMARY, FIELD] = [8, 600, 1000]

/**
 * Reads an answer: thoughts before it and fences around it are left out, ids that were not sent are dropped, texts are cut. Undefined where it is
 * not of the shape that was asked for.
 */
export function parseAnswer(content: string, prompt: Pick<ModelPrompt, 'findings' | 'restore'>): Explanation | undefined {
  const text = withoutThoughts(content)
  const json = /\{.*\}/s.exec(text)?.[0]
  if (json === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return undefined
  }
  if (!isRecord(value) || typeof value['summary'] !== 'string' || !Array.isArray(value['actions'])) return undefined
  const field = (record: Readonly<Record<string, unknown>>, key: string) =>
    typeof record[key] === 'string' ? prompt.restore(record[key]).slice(0, FIELD) : ''
  const actions = value['actions']
    .filter(isRecord)
    .slice(0, ACTIONS)
    .map(action => ({
      findings: strings(action['findings']).flatMap(id => prompt.findings.get(id)?.fingerprint ?? []),
      title: field(action, 'title'),
      why: field(action, 'why'),
      change: field(action, 'change'),
      dockerfile: field(action, 'dockerfile'),
    }))
  return { summary: prompt.restore(value['summary']).slice(0, SUMMARY), actions }
}

/** An answer that is no JSON is shown as the text it is. */
export function plainAnswer(content: string, prompt: Pick<ModelPrompt, 'restore'>): Explanation {
  return { summary: prompt.restore(withoutThoughts(content)).slice(0, SUMMARY * 4), actions: [] }
}

function withoutThoughts(content: string): string {
  return content.replace(/^\s*<think>.*?(?:<\/think>|$)/s, '').trim()
}
