// Reads a policy from a JSON file, as `sentinel gate policy show` prints it.
import { readFile } from 'node:fs/promises';
import { Policy } from '@sentinel/contract';
import { CommandFailed, EXIT } from './exit-codes.ts';

/** @throws CommandFailed naming each entry that is wrong */
export async function readPolicyFile(file: string): Promise<Policy> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CommandFailed(`There is no file ${file}.`, { exitCode: EXIT.usage });
  });
  const parsed = Policy.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new CommandFailed(`${file} is not a policy.`, {
    why: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`).join('; '),
    tryThis: ['sentinel gate policy show'],
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
