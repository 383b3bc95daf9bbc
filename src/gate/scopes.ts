/**
 * Whether one of `scopes` covers an action. A scope is `kind` or `kind:glob`; the kind may end in `.*`.
 * In globs `*` stands for anything within one segment and `**` for anything at all; there is no other magic. No glob covers a
 * resource that is `undefined`: nobody knows where it leads.
 */
export function inScope(scopes: readonly string[], kind: string, resource: string | undefined): boolean {
  return scopes.some((scope) => {
    const colon = scope.indexOf(':');
    const scopeKind = colon < 0 ? scope : scope.slice(0, colon);
    if (!kindMatches(scopeKind, kind)) return false;
    return colon < 0 || (resource !== undefined && globMatches(scope.slice(colon + 1), resource));
  });
}

function kindMatches(pattern: string, kind: string): boolean {
  return pattern.endsWith('.*') ? kind.startsWith(pattern.slice(0, -1)) : pattern === kind;
}

function globMatches(glob: string, text: string): boolean {
  const pattern = glob
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${pattern}$`, 's').test(text);
}
