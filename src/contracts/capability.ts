import type { MissionId } from '../base/ids.ts';
import type { Millis } from '../base/clock.ts';
import type { Result } from '../base/result.ts';

/** What a bearer may do. Scopes are `kind` or `kind:resource-glob`. */
export interface CapabilityClaims {
  readonly tokenId: string;
  readonly principalId: string;
  readonly missionId: MissionId;
  readonly workspaceId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Millis;
}

export interface CapabilityError {
  readonly code: 'capability-missing' | 'capability-invalid' | 'capability-expired' | 'capability-revoked';
  readonly message: string;
}

export interface TokenIssuer {
  issue(claims: Omit<CapabilityClaims, 'tokenId'>): Promise<string>;
}

/** Never throws: whatever is wrong with a token is a `CapabilityError`. */
export interface TokenVerifier {
  verify(token: string | undefined, now: Millis): Promise<Result<CapabilityClaims, CapabilityError>>;
}
