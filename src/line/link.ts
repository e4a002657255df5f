/** Longer addresses are shown, not linked. */
const LONGEST = 2000

/**
 * `text` when all of it is an address that a terminal may offer to open (OSC 8); undefined for everything else. Web addresses
 * only, of characters that mean nothing to a terminal: the image wrote them, and what is opened must be what is read.
 */
export function linkOf(text: string): string | undefined {
  return text.length <= LONGEST && ADDRESS.test(text) ? text : undefined
}

const ADDRESS = /^https?:\/\/[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/
