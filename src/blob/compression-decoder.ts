import { createInflateRaw, createZstdDecompress } from 'node:zlib'
import { NativeCodec } from './native-codec.ts'

/** Decodes one stream. A step that has room and input and uses neither: the stream has ended. */
export class Decoder extends NativeCodec {
  constructor(kind: 'deflate' | 'zstd', dictionary?: Buffer) {
    const options = dictionary === undefined ? {} : { dictionary }
    super(kind === 'zstd' ? createZstdDecompress(options) : createInflateRaw(options))
  }
}
