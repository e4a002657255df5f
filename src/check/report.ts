import type { Advice, Together } from './advice.ts'
import type { Explained } from './explanation.ts'
import { type Finding, SEVERITIES, type Severity, type Suppressed } from './finding.ts'
import type { PullTimes } from './pull-times.ts'

/** A severity, or that no finding fails. */
export type FailOn = Severity | 'none'

/** How the boundary between the base image and what was built on it was found (gates.md §6). */
export type Base = {
  /** Layers of the base, counted from the bottom. */
  readonly layers: number
  readonly decidedBy: 'option' | 'buildpacks' | 'annotation' | 'label' | 'provenance' | 'history' | 'prefix' | 'guess' | 'none'
  readonly name: string | null
  readonly digest: string | null
}

/** The name of a base, its digest when the image was built, and its digest now. */
export type NewerBase = { readonly name: string; readonly built: string; readonly now: string }

export const NO_BASE: Base = { layers: 0, decidedBy: 'none', name: null, digest: null }

/** One condition that an image is held to. */
export type GateResult = {
  readonly name: string
  /** The file that asks for it; `default` where none does. */
  readonly source: string
  readonly limit: number | string
  readonly actual: number | string
  readonly passed: boolean
}

/** The Dockerfile of an image as a place of its findings: a relative URI, and lines from 1. */
export type DockerfilePlace = { readonly uri: string; readonly from: number; readonly lines: ReadonlyMap<number, number> }

/** The report of `peel check` on one image and platform. */
export type Report = {
  readonly reference: string
  readonly digest: string
  readonly imageId: string | null
  readonly platform: string
  readonly passed: boolean
  /** The severity from which on findings fail. */
  readonly failOn: FailOn
  readonly base: Base
  readonly gates: readonly GateResult[]
  readonly findings: readonly Finding[]
  readonly suppressed: readonly Suppressed[]
  readonly summary: Readonly<Record<Severity, number>>
  /** Changes to make, where it was asked for: it costs dry runs. */
  readonly advice?: readonly Advice[]
  /** The savings of all of them that peel can carry out at once, by one dry run. */
  readonly together?: Together
  /** How long pulls take by the model, where it was asked for. */
  readonly pull?: PullTimes
  /** A model's words about the findings, where they were asked for. */
  readonly explanation?: Explained
  /** The Dockerfile that findings point at, where it was asked for. */
  readonly dockerfile?: DockerfilePlace
  /** Compressed bytes of the layers. */
  readonly size: number
  /** DiffIDs by position, for formats that name layers. */
  readonly diffIds: readonly string[]
}

/** Findings by severity, those of the base image left out. */
export function countBySeverity(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const summary = { error: 0, warning: 0, info: 0 }
  for (const { severity, inBase } of findings) if (!inBase) summary[severity]++
  return summary
}

/** The line of the Dockerfile that a finding is about: the one that made its layer, else the FROM that brings all others. */
export function dockerfileLine({ layer }: Finding, { from, lines }: DockerfilePlace): number {
  return (layer === null ? undefined : lines.get(layer)) ?? from
}

/** Whether a finding is grave enough to fail; one in the base image never is. */
export function fails({ severity, inBase }: Finding, failOn: FailOn): boolean {
  return failOn !== 'none' && !inBase && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failOn)
}
