/** API Gateway's choice of a route: the most specific of the template's, else `$default`. */
import type { MatchedRoute } from './http-event.ts';
import type { TemplateRoute } from './template.ts';

type Match = { readonly route: TemplateRoute; readonly matched: MatchedRoute };

export function routeTable(routes: readonly TemplateRoute[]): (method: string, path: string) => Match | undefined {
  // Fewer path parameters are more specific.
  const sorted = [...routes].sort((a, b) => parameters(a.routeKey) - parameters(b.routeKey));
  const fallback = routes.find(({ routeKey }) => routeKey === '$default');
  return (method, path) => {
    for (const route of sorted) {
      const [routeMethod = '', routePath] = route.routeKey.split(' ');
      if (routePath === undefined || (routeMethod !== method && routeMethod !== 'ANY')) continue;
      const params = matchPath(routePath, path);
      if (params !== undefined) return { route, matched: { routeKey: route.routeKey, params } };
    }
    return fallback === undefined ? undefined : { route: fallback, matched: { routeKey: '$default', params: {} } };
  };
}

function parameters(routeKey: string): number {
  return routeKey.split('{').length - 1;
}

function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    if (part.startsWith('{') && value !== '') params[part.slice(1, -1)] = value;
    else if (part !== value) return undefined;
  }
  return params;
}
