/** One instruction of a Dockerfile, its values as they are meant: quoting is the printer's. */
export type Instruction =
  | {
      readonly keyword: 'RUN'
      readonly command: string
      /** Build arguments as they were recorded, `A=1 B=2`; empty without any. */
      readonly arguments: string
      /** The shell it ran in; undefined where the record names none. */
      readonly shell: readonly string[] | undefined
      /** `--mount=…` and the like, which few makers record. */
      readonly flags: readonly string[]
    }
  | {
      readonly keyword: 'COPY' | 'ADD'
      readonly flags: readonly string[]
      /** Sources and the destination, as recorded. */
      readonly words: string
    }
  | { readonly keyword: 'ENV' | 'LABEL'; readonly pairs: readonly (readonly [name: string, value: string])[] }
  /** A value is undefined where a name stands alone. */
  | { readonly keyword: 'ARG'; readonly pairs: readonly (readonly [name: string, value: string | undefined])[] }
  | { readonly keyword: 'CMD' | 'ENTRYPOINT' | 'SHELL'; readonly words: readonly string[] }
  | { readonly keyword: 'VOLUME' | 'EXPOSE'; readonly words: readonly string[] }
  | { readonly keyword: 'USER' | 'WORKDIR' | 'STOPSIGNAL' | 'MAINTAINER' | 'ONBUILD'; readonly text: string }
  | { readonly keyword: 'HEALTHCHECK'; readonly check: HealthcheckText | undefined }
  /** A step that no Dockerfile has: the record of another maker, or nothing at all. */
  | { readonly keyword: 'comment'; readonly text: string }

/** Durations in nanoseconds, as configs have them; undefined or 0 is not set. */
export type HealthcheckText = {
  readonly test: readonly string[]
  readonly interval?: number | undefined
  readonly timeout?: number | undefined
  readonly startPeriod?: number | undefined
  readonly startInterval?: number | undefined
  readonly retries?: number | undefined
}

/** One step of the Dockerfile that is read back, and the layer it made. */
export type ReadStep = {
  readonly layer: number | undefined
  readonly instruction: Instruction
  /** A setting that the config has not any more: told, never made again. */
  readonly isLost?: true
}
