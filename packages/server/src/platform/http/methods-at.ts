// Which methods some address offers, so that a wrong one is answered 405 with `Allow` (RFC 9110 §15.5.6) and not 404.
import type { Method, Route } from './route.ts';

export function methodsAt(routes: readonly Pick<Route, 'method' | 'path'>[], url: string): Method[] {
  const segments = pathOf(url).split('/');
  return routes.filter((each) => matches(each.path.split('/'), segments)).map((each) => each.method);
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, at) => (part.startsWith(':') ? segments[at] !== '' : part === segments[at]))
  );
}

function pathOf(url: string): string {
  return url.split(/[?#;]/, 1)[0] ?? '';
}
