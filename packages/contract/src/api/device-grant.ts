// Signing in a program that has no browser of its own (RFC 8628): it shows a short code, a person approves it in the console.
import { z } from 'zod';
import { plainText } from './plain-text.ts';
import { Instant } from './shapes.ts';

export const DEVICE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';

/** Letters that make no words and are not mistaken for digits (RFC 8628 §6.1). */
export const USER_CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
export const USER_CODE_LENGTH = 8;

export const DeviceStart = z.object({
  /** How the console calls the program to the person who is asked. */
  client_name: plainText(1, 120).default('A program'),
});
export type DeviceStart = z.input<typeof DeviceStart>;

/** RFC 8628 §3.2. */
export const DeviceCodes = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.url(),
  verification_uri_complete: z.url(),
  expires_in: z.int(),
  interval: z.int(),
});
export type DeviceCodes = z.infer<typeof DeviceCodes>;

export const DeviceTokenRequest = z.object({
  device_code: z.string().min(1).max(200),
  grant_type: z.string().max(200),
});
export type DeviceTokenRequest = z.input<typeof DeviceTokenRequest>;

/** RFC 8628 §3.5 and RFC 6749 §5.2. */
export const DEVICE_TOKEN_ERRORS = [
  'authorization_pending',
  'slow_down',
  'access_denied',
  'expired_token',
  'invalid_grant',
  'unsupported_grant_type',
] as const;
export type DeviceTokenError = (typeof DEVICE_TOKEN_ERRORS)[number];

export const DeviceTokenRefusal = z.object({
  error: z.enum(DEVICE_TOKEN_ERRORS),
  error_description: z.string(),
  /** The same sentence, where every problem has it. */
  detail: z.string(),
});
export type DeviceTokenRefusal = z.infer<typeof DeviceTokenRefusal>;

/** The eight letters as a person may type them: any case, with or without a hyphen or spaces. */
export const UserCode = z
  .string()
  .max(40)
  .transform((text) => text.toUpperCase().replaceAll(/[^A-Z]/g, ''))
  .pipe(z.string().length(USER_CODE_LENGTH));

export const UserCodeRequest = z.object({ user_code: UserCode });
export type UserCodeRequest = z.input<typeof UserCodeRequest>;

export const DeviceAsking = z.object({
  user_code: z.string(),
  client_name: z.string(),
  created_at: Instant,
  expires_at: Instant,
});
export type DeviceAsking = z.infer<typeof DeviceAsking>;

/** The code as it is shown: four letters, a hyphen, four letters. */
export function spellUserCode(letters: string): string {
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
