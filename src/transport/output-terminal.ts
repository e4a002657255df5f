import { ImageError } from '../error.ts'

/** An archive is no text: a terminal gets it by force alone. */
export function outputIsTerminal(): ImageError {
  return new ImageError('OUTPUT_IS_TERMINAL', 'Cannot write an archive to a terminal: it is not text', {
    hint: 'Redirect it to a file or a program, or name a file; --force writes it all the same.',
  })
}
