import type { BigIntStats } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'

/**
 * A stamp names the very file that was checked: inode, size and both times. A process that
 * writes into the file cannot set the change time back, so a stamp that fits means that nothing was written. Its own time is the blob's last use.
 * It is written to `temporary` first, a name of this call alone: two that stamp one blob at once would take each other's file away.
 */
export async function writeStamp(stamp: string, file: BigIntStats, temporary: string): Promise<void> {
  await writeFile(temporary, stampText(file), { mode: 0o600 })
  await rename(temporary, stamp)
}

export async function matchesStamp(stamp: string, file: BigIntStats): Promise<boolean> {
  const text = await readFile(stamp, 'utf8').catch(() => '')
  return text === stampText(file)
}

function stampText({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}\n`
}
