import { ImageError } from '../../error.ts'

/** The command line asked for something that cannot be meant: exit status 2, where any other error is 3. */
export class UsageError extends ImageError {}
