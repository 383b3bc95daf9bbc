import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jsonMembers, withMembers } from '../../../src/gateway/jsonMembers.ts';

describe('jsonMembers', () => {
  it('finds every member, repeated and escaped keys too', () => {
    const text = ' { "a" : [1,{"b":"}"}] , "\\u0061":"x\\"y", "c":-1.50e+2,"d":{} ,"":null\n}';
    const members = jsonMembers(text).map(({ key, valueStart, valueEnd }) => [key, text.slice(valueStart, valueEnd)]);
    assert.deepEqual(members, [
      ['a', '[1,{"b":"}"}]'],
      ['a', '"x\\"y"'],
      ['c', '-1.50e+2'],
      ['d', '{}'],
      ['', 'null'],
    ]);
    assert.deepEqual(jsonMembers('{}'), []);
  });
});

describe('withMembers', () => {
  it('replaces, adds, and leaves every other byte', () => {
    const values = new Map([
      ['a', '2'],
      ['z', '"new"'],
    ]);
    assert.equal(withMembers('{ "x": 1.0, "a" : [1] , "y":"\\u00e9" }', values), '{"z":"new", "x": 1.0, "a" : 2 , "y":"\\u00e9" }');
    assert.equal(withMembers(' { } ', values), ' {"a":2,"z":"new" } ');
    assert.equal(withMembers('{"a":1}', new Map()), '{"a":1}');
  });

  it('is what setting members of the parsed object is, for any object, however it is spaced', () => {
    const object = fc.dictionary(
      fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__'),
      fc.jsonValue(),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(object, object, fc.constantFrom(undefined, 1, '\t', ' \n'), (before, changes, space) => {
        const text = JSON.stringify(before, undefined, space);
        const values = new Map(Object.entries(changes).map(([key, value]) => [key, JSON.stringify(value)]));
        const expected: unknown = JSON.parse(JSON.stringify({ ...before, ...changes }));
        assert.deepEqual(JSON.parse(withMembers(text, values)), expected);
      }),
    );
  });
});
