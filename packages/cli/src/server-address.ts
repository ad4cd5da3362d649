// Which server is meant by `--server`: its origin. Tokens travel in the clear over plain http, so that is for this machine.
import { isLoopbackUrl } from '@sentinel/server/host';
import { CommandFailed, EXIT } from './exit-codes.ts';

/** @throws CommandFailed when it is no address, or plain http to another machine */
export function serverAddress(text: string): string {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new CommandFailed(`${text} is not the address of a server.`, {
      tryThis: ['--server https://sentinel.company.example'],
      exitCode: EXIT.usage,
    });
  if (url.protocol === 'http:' && !isLoopbackUrl(url))
    throw new CommandFailed('Over plain http everybody on the way could read the sign-in.', {
      tryThis: [`--server https://${url.host}`],
      exitCode: EXIT.usage,
    });
  return url.origin;
}
