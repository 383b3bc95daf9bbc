import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Millis } from '../base/clock.ts';
import type { MissionId } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { CapabilityClaims, CapabilityError, TokenIssuer, TokenVerifier } from '../contracts/capability.ts';

const ISSUER = 'gonogo';
const AUDIENCE = 'gonogo-gate';

const claimsSchema = z.object({
  jti: z.string().min(1),
  sub: z.string().min(1),
  exp: z.number(),
  mission: z.string().min(1),
  workspace: z.string().min(1),
  scopes: z.array(z.string().min(1)),
});

/** Tokens whose signature is remembered; a mission has a few. */
const MAX_REMEMBERED = 256;

/** Capability tokens as HMAC-SHA256 JWTs. Only HS256 with our issuer and audience is accepted, whatever the header says. */
export class JoseTokens implements TokenIssuer, TokenVerifier {
  readonly #key: Uint8Array;
  readonly #newTokenId: () => string;
  /** Claims of tokens that were found good: the same bytes under the same key stay so, but for the time. */
  readonly #good = new Map<string, CapabilityClaims>();

  constructor(key: Uint8Array, newTokenId: () => string) {
    this.#key = key;
    this.#newTokenId = newTokenId;
  }

  issue(claims: Omit<CapabilityClaims, 'tokenId'>): Promise<string> {
    return new SignJWT({ mission: claims.missionId, workspace: claims.workspaceId, scopes: [...claims.scopes] })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setJti(this.#newTokenId())
      .setSubject(claims.principalId)
      .setExpirationTime(Math.floor(claims.expiresAt / 1000))
      .sign(this.#key);
  }

  async verify(token: string | undefined, now: Millis): Promise<Result<CapabilityClaims, CapabilityError>> {
    if (!token)
      return err({ code: 'capability-missing', message: 'No capability token was presented. Use the token the mission was started with.' });
    const known = this.#good.get(token);
    if (known && now < known.expiresAt) return ok(known);
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        currentDate: new Date(now),
        requiredClaims: ['exp', 'sub', 'jti'],
      });
      const claims = claimsSchema.parse(payload);
      const found: CapabilityClaims = {
        tokenId: claims.jti,
        principalId: claims.sub,
        missionId: claims.mission as MissionId,
        workspaceId: claims.workspace,
        scopes: claims.scopes,
        expiresAt: claims.exp * 1000,
      };
      // One that begins later would have to be compared with the time on both sides; we issue none.
      if (payload.nbf === undefined) this.#remember(token, found);
      return ok(found);
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        return err({ code: 'capability-expired', message: 'The capability token has expired. The mission must be started again.' });
      const why = error instanceof errors.JOSEError ? error.message : 'its claims are not ours';
      return err({
        code: 'capability-invalid',
        message: `The capability token is not valid (${why}). Use the token the mission was started with.`,
      });
    }
  }

  #remember(token: string, claims: CapabilityClaims): void {
    const [oldest] = this.#good.keys();
    if (this.#good.size >= MAX_REMEMBERED && oldest !== undefined) this.#good.delete(oldest);
    this.#good.set(token, claims);
  }
}
