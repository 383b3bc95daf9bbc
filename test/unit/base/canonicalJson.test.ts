import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson, CanonicalJsonError } from '../../../src/base/canonicalJson.ts';
import { digestOf, isSha256, sha256 } from '../../../src/base/digest.ts';

function refused(value: unknown): string {
  try {
    return `written: ${canonicalJson(value)}`;
  } catch (error) {
    assert.ok(error instanceof CanonicalJsonError);
    return error.code;
  }
}

function fromBits(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE();
}

describe('canonicalJson', () => {
  it('writes the sample of RFC 8785, section 3.2.2, without its unsafe number', () => {
    const text = String.raw`{
      "numbers": [333333333.33333329, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    const expected = String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`;
    assert.equal(canonicalJson(JSON.parse(text)), expected);
  });

  it('sorts keys by UTF-16 code units, as in section 3.2.3', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const written = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
    const inOrder = Object.keys(JSON.parse(written) as object).filter((key) => key !== '1');
    assert.deepEqual(inOrder, ['\r', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']);
    assert.ok(written.startsWith(String.raw`{"\r":0,"1":0,`), written);
  });

  // Appendix B, and for whole numbers beyond 2^53 the refusal that this adds to it.
  const numbers: readonly [string, string][] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['433fffffffffffff', '9007199254740991'],
    ['4340000000000000', 'unsafe-number'],
    ['c340000000000000', 'unsafe-number'],
    ['7fefffffffffffff', 'unsafe-number'],
    ['4430000000000000', 'unsafe-number'],
    ['44b52d02c7e14af5', 'unsafe-number'],
    ['7fffffffffffffff', 'unsafe-number'],
    ['7ff0000000000000', 'unsafe-number'],
    ['fff0000000000000', 'unsafe-number'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ];
  for (const [bits, expected] of numbers) {
    it(`writes the double ${bits} as ${expected}`, () =>
      assert.equal(expected === 'unsafe-number' ? refused(fromBits(bits)) : canonicalJson(fromBits(bits)), expected));
  }

  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  const refusals: readonly [string, unknown, string][] = [
    ['half of a surrogate pair', 'a\ud800', 'lone-surrogate'],
    ['the other half', '\udc00b', 'lone-surrogate'],
    ['a pair the wrong way round', '\udc00\ud800', 'lone-surrogate'],
    ['half of a pair in a key', { '\ud83d': 1 }, 'lone-surrogate'],
    ['a circle', cyclic, 'too-deep'],
    ['201 levels', nested(201), 'too-deep'],
    ['nothing', undefined, 'not-json'],
    ['nothing in a list', [undefined], 'not-json'],
    ['a hole in a list', Array(2), 'not-json'],
    ['a function', { f: () => 1 }, 'not-json'],
    ['a symbol', Symbol('s'), 'not-json'],
    ['a big integer', 1n, 'not-json'],
    ['a date', new Date(0), 'not-json'],
    ['a map', new Map([[1, 2]]), 'not-json'],
    ['bytes', new Uint8Array(2), 'not-json'],
    ['an object with a prototype of its own', Object.create({ inherited: 1 }), 'not-json'],
    ['a boxed text', Object('text'), 'not-json'],
  ];
  for (const [what, value, code] of refusals) it(`refuses ${what}`, () => assert.equal(refused(value), code));

  it('goes 200 levels deep, whatever place a value has in a list', () => {
    assert.equal(canonicalJson(nested(200)).length, 401);
    assert.deepEqual([1, 'a', null].map(canonicalJson), ['1', '"a"', 'null']);
  });

  it('leaves out members that are undefined and what is not enumerable', () => {
    const value = Object.defineProperty({ b: undefined, a: 1 }, 'hidden', { value: 2 });
    assert.equal(canonicalJson(value), '{"a":1}');
    assert.equal(canonicalJson(Object.assign(Object.create(null), { a: 1 })), '{"a":1}');
  });

  it('keeps `__proto__` a key like any other', () => {
    const written = canonicalJson(JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'));
    assert.equal(written, '{"__proto__":{"polluted":true},"constructor":1}');
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 5 }).filter((value) => !refused(value).includes('-'));

  it('reads back as the same value', () => {
    // JSON has one zero.
    fc.assert(fc.property(json, (value) => assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)))));
  });

  it('says the same of every writing of the same value', () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, shuffled(member)]),
      );
    };
    fc.assert(fc.property(json, (value) => assert.equal(canonicalJson(shuffled(value)), canonicalJson(value))));
    fc.assert(fc.property(json, (value) => assert.equal(canonicalJson(JSON.parse(canonicalJson(value))), canonicalJson(value))));
  });

  it('writes what is not alike apart', () => {
    const apart = [
      '',
      [],
      [''],
      [[]],
      {},
      { '': '' },
      'null',
      null,
      '0',
      0,
      false,
      'false',
      ['a', 'b'],
      ['a,b'],
      { a: 1, b: 2 },
      { a: { b: 2 } },
    ];
    assert.equal(new Set(apart.map(canonicalJson)).size, apart.length);
  });
});

describe('digest', () => {
  it('is SHA-256 in lower-case hex (FIPS 180-2, B.1)', () => {
    assert.equal(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(sha256(Buffer.from('abc')), sha256('abc'));
  });

  it('depends on the value and not on the order of its keys', () => {
    assert.equal(digestOf({ a: 1, b: [2] }), digestOf({ b: [2], a: 1 }));
    assert.equal(digestOf({ a: 1 }), sha256('{"a":1}'));
    assert.notEqual(digestOf([1, 2]), digestOf([2, 1]));
  });

  it('knows its own form', () => {
    const rows: readonly [string, boolean][] = [
      [sha256(''), true],
      [sha256('').toUpperCase(), false],
      [sha256('').slice(1), false],
      [`${sha256('')}\n`, false],
      [`${sha256('')}0`, false],
      ['', false],
    ];
    for (const [text, expected] of rows) assert.equal(isSha256(text), expected, text);
  });
});
