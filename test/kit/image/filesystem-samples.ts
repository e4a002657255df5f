import { inflateSync } from 'node:zlib'

/**
 * The same small tree (`etc/issue`, `usr/bin/app`, the link `usr/bin/run`) as file system images, deflated: made once, since what the
 * tools write differs with their versions.
 * `mkfs.erofs -T 1704164645 --all-root -U 00000000-0000-0000-0000-000000000001`, and
 * `mksquashfs -all-root -mkfs-time 0 -all-time 1704164645`.
 */
export const EROFS_SAMPLE = unpacked(
  'eNrt1U1Kw0AUwPGZJFoQwSsUbKlISNWC4NIDuHDhAapMaxatJWnAjQvP4AkEr+I91L1L13WmjJPXRSriSvz/IOQlL3kz88iHUgD+q7fXj5eL88' +
    'FzbONt1VEtf75792C+rombb9e/HT+x2/tpok788cKS+Y7fH6goxIc27vl4YOPUx8c2zrLMzK+qslipX1/j6stJ98I4df2ujfdDXruaeVlWpmn+' +
    'T/da7Yj6kciPiptJe35t2vlkODZbDeuPw3juftnvtGF+/TC/5Zov8+m6/kYr/U1Evi/6m4r+HoX+anUW+ttyYw1ns6Kayvp2/Xu79QOxIerfAv' +
    'jWuu/j4lGHb7B7fzdF3r6M/MQAAD/GnxcAAAAAAAAAAAAAgL/vE/h8uyw=',
)

export const SQUASHFS_SAMPLE = unpacked(
  'eNrLKC4sZmeAASYGRiDJyCDIcABIsgDZu6Ey3YwQuhlK/4eCiVD5r1A6CCpfCqUrbr09uJuXQUCE4cA9kbBgm/lOKosM9jneib2b/eyycn9k1B' +
    'JumOXyFUoSDZ+TgFqSkyIOnWBgWbV1cvBMiQBGewFjoz2tp42djjq+SmmYIXvG7cTmRS+vBqQlJKT94J+ezjybXSg5wUNHw8FsFuvJjFA2zw1C' +
    'KZVpK2w6piVtYIvu1TnPNzWd8TV/0gOGSwy/hUUWeoPsSGhgULM4e2hCZEzMrFMcogmsSewbWISdkxwdmZiVmY0nRIbMYg9luHLgQADvkR6Hh0' +
    'vO2MxwE1jLIOqn6zmPd4nDmUuPlBjYJnL18QEN8wYa5qzBy8A+g2GSE9TnkkDx4AQH1s0LS0ynlDVc4gyoMp/CxuCwgmlSFFQJSwOIrGVkGAWj' +
    'YBSMglEwCkbBKBgFo2AUjIJRMApoCwCLbnU8',
)

function unpacked(text: string): Buffer {
  return inflateSync(Buffer.from(text, 'base64'))
}
