/** The error of an answer that comes too slowly to be waited for. */
export class SlowAnswer extends Error {
  readonly code = 'SLOW_ANSWER'
}

/** The error of a server that sent nothing in the time it had: milliseconds of it. */
export class NoAnswer extends Error {
  readonly code = 'NO_ANSWER'
  readonly milliseconds: number

  constructor(milliseconds: number) {
    super('nothing was answered')
    this.milliseconds = milliseconds
  }
}

/** The error of a connection that was not made in time, with the code that undici has for it. */
export class NoConnection extends Error {
  readonly code = 'UND_ERR_CONNECT_TIMEOUT'
}
