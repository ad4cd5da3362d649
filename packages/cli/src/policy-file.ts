// Reads a policy from a JSON file, as `sentinel gate policy show` prints it.
import { readFile } from 'node:fs/promises';
import { CompletePolicy, type Policy } from '@sentinel/contract';
import { CommandFailed, EXIT } from './exit-codes.ts';

/** @throws CommandFailed naming each entry that is wrong */
export async function readPolicyFile(file: string): Promise<Policy> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CommandFailed(`There is no file ${file}.`, { exitCode: EXIT.usage });
  });
  const document = parseJson(text);
  if (document === undefined) throw new CommandFailed(`${file} is not JSON.`, { exitCode: EXIT.usage });
  const parsed = CompletePolicy.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new CommandFailed(`${file} is not a complete policy.`, {
    why: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`).join('; '),
    tryThis: ['npx --no sentinel gate policy show > policy.json, and change that'],
    exitCode: EXIT.usage,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
