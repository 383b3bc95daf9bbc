import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson } from '../../../src/base/canonicalJson.ts';
import { envelopeLimits, fitText, formatEnvelope, MAX_ENVELOPE_BYTES, parseEnvelope } from '../../../src/ledger/envelope.ts';
import { entry } from '../missions/samples.ts';

const { payload: _, ...sample } = entry({ reason: 'because', restsOn: 'grant' });

describe('the envelope of an entry', () => {
  it('is canonical JSON and comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.maxSafeInteger(), (resource, reason, timestamp) => {
        const envelope = { ...sample, resource: resource.toWellFormed(), reason: reason.toWellFormed(), timestamp };
        const json = formatEnvelope(envelope);
        assert.equal(json, canonicalJson({ ...envelope, v: 1 }));
        assert.deepEqual(parseEnvelope(json), { ok: true, value: envelope });
      }),
    );
  });

  it('refuses what nobody could read back', () => {
    assert.throws(() => formatEnvelope({ ...sample, correlationId: '\ud800' as typeof sample.correlationId }), /surrogate/);
    assert.throws(() => formatEnvelope({ ...sample, principal: { kind: 'god' as 'agent', id: 'x' } }));
    assert.throws(() => formatEnvelope({ ...sample, timestamp: 2 ** 60 }));
    assert.throws(() => formatEnvelope({ ...sample, payload: {} } as typeof sample));
  });

  it('fits an entry bundle, whatever its texts hold', () => {
    for (const filler of ['a', '\u0000', '\u{1F600}', 'ü', '"', '\\', '\u2028']) {
      const { resource, reason, action, principal, id } = envelopeLimits;
      const long = filler.repeat(50_000);
      const ids = fitText(long, id);
      const json = formatEnvelope({
        ...sample,
        resource: fitText(long, resource),
        reason: fitText(long, reason),
        action: fitText(long, action),
        principal: { kind: 'agent', id: fitText(long, principal) },
        userId: ids,
        workspaceId: ids,
        tenantId: ids,
        userAgent: ids,
      });
      assert.ok(Buffer.byteLength(json) <= MAX_ENVELOPE_BYTES, `${filler}: ${Buffer.byteLength(json)}`);
    }
  });

  it('cuts a text as late as it can, says how much is missing, and no character in half', () => {
    assert.equal(fitText('short', 7), 'short');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 200, maxLength: 400 }), fc.integer({ min: 60, max: 150 }), (any, bytes) => {
        const value = any.toWellFormed();
        const cut = fitText(value, bytes);
        assert.ok(Buffer.byteLength(JSON.stringify(cut)) <= bytes);
        assert.equal(cut.isWellFormed(), true);
        const [, missing] = / … \((\d+) more characters\)$/.exec(cut) ?? [];
        const kept = value.length - Number(missing);
        assert.equal(cut.startsWith(value.slice(0, kept).toWellFormed()), true);
      }),
    );
  });
});
