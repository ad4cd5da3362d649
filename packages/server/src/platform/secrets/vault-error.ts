// What is wrong with the master keys, said so that the operator knows what to do. Never holds any part of a key.

export type VaultErrorCode =
  | 'vault_setting_invalid'
  | 'vault_file_missing'
  | 'vault_file_unreadable'
  | 'vault_file_readable_by_others'
  | 'vault_file_damaged'
  | 'vault_key_missing';

/** Stops the start. The message is a sentence for the operator. */
export class VaultError extends Error {
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options);
    this.name = 'VaultError';
    this.code = code;
  }
}
