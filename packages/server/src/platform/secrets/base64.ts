// Strict standard base64 (RFC 4648 §4): padded and canonical, so one sequence of bytes has exactly one text.

/**
 * Decodes canonical base64. Node's own decoder skips what it does not know, takes the URL-safe alphabet
 * and ignores unused bits; encoding again and comparing refuses all of that (RFC 4648 §3.5).
 *
 * @returns the bytes, or null when the text is anything but their one canonical form
 */
export function decodeBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

/** Encodes bytes as padded standard base64. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
