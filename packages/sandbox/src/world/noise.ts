// Chance without a memory: the same seed, number and purpose always bring the same value, so that a record of a million can
// be made when it is asked for and never has to be kept.

/** @returns from 0 (inclusive) to 1 (exclusive) */
export function noise(seed: number, n: number, purpose: number): number {
  return noiseBits(seed, n, purpose) / 4_294_967_296;
}

/** 32 bits, as a seed of something longer. */
export function noiseBits(seed: number, n: number, purpose: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(n + 0x7f4a7c15, 0xc2b2ae35);
  mixed ^= Math.imul(purpose + 1, 0x27d4eb2f);
  // The finalizer of MurmurHash3 (Austin Appleby, public domain), twice: neighbouring numbers part.
  for (let round = 0; round < 2; round += 1) {
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    mixed ^= mixed >>> 16;
  }
  return mixed >>> 0;
}

export function pickAt<T>(items: readonly [T, ...T[]], value: number): T {
  return items[Math.floor(value * items.length)] ?? items[0];
}
