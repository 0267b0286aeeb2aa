/** Blobs are for dispatchers between Python peers. */
export class SerializedBlob {}

// biome-ignore lint/complexity/noStaticOnlyClass: the shared code asks whether something is one
export class BlobCall {
  static of(): undefined {}
}
