import { setTimeout as delay } from 'node:timers/promises'
import { countOf } from '../../format/count.ts'

/** How often and how patiently a request is repeated (registry.md 3.7). */
export type RetryPolicy = {
  readonly tries: number
  /** Milliseconds before the second try; doubles from there. */
  readonly base: number
  /** Milliseconds no single wait exceeds; a server that asks for more is not waited for. */
  readonly cap: number
}

const DEFAULT: RetryPolicy = { tries: 5, base: 500, cap: 60_000 }
const RETRYABLE = new Set([408, 429, 500, 502, 503, 504])

export function retryPolicy(wanted: Partial<RetryPolicy> = {}): RetryPolicy {
  return { ...DEFAULT, ...wanted }
}

export function isRetryable(status: number): boolean {
  return RETRYABLE.has(status)
}

/** Waits before try `attempt + 1`. */
export function waitBefore(attempt: number, policy: RetryPolicy, signal?: AbortSignal): Promise<void> {
  return wait(backoff(attempt, policy), signal)
}

/**
 * Milliseconds to wait before try `attempt + 1`: what a busy server asks for (`Retry-After`), else as `waitBefore` does; undefined
 * where it asks for a longer wait than the policy allows.
 */
export function askedPause(header: string | undefined, attempt: number, policy: RetryPolicy): number | undefined {
  const asked = retryAfter(header) ?? backoff(attempt, policy)
  return asked > policy.cap ? undefined : asked
}

export async function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, signal === undefined ? {} : { signal })
}

/** Exponential with full jitter on the upper half, so that many clients do not return at once. */
function backoff(attempt: number, policy: RetryPolicy): number {
  const longest = Math.min(policy.cap, policy.base * 2 ** (attempt - 1))
  return longest / 2 + Math.random() * (longest / 2)
}

/**
 * Milliseconds that a `Retry-After` asks for: seconds or an HTTP date (RFC 9110 10.2.3). A date that has passed says nothing: one of
 * the two clocks is wrong.
 */
export function retryAfter(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000
  const date = /^\s*[A-Z]/i.test(value) ? Date.parse(value) : Number.NaN
  return date > now ? date - now : undefined
}

/** `Try again in 5 minutes`, as a `Retry-After` has it; `Try again later` where it says nothing that a person would wait for. */
export function tryAgain(header: string | undefined): string {
  const seconds = Math.ceil((retryAfter(header) ?? 0) / 1000)
  if (seconds === 0 || seconds > LONGEST_DAYS * 86_400) return 'Try again later'
  if (seconds < 120) return `Try again in ${countOf(seconds, 'second')}`
  if (seconds < 120 * 60) return `Try again in ${Math.ceil(seconds / 60)} minutes`
  return seconds < 48 * 3600
    ? `Try again in ${Math.ceil(seconds / 3600)} hours`
    : `Try again in ${Math.ceil(seconds / 86_400)} days`
}

/** A limit that lasts longer is a mistake of the server. */
const LONGEST_DAYS = 60
