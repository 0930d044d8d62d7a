import assert from "node:assert/strict";
import { test } from "node:test";
import { marshalJSON, unmarshalJSON } from "./index.ts";

test("JSON as encoding/json reads it", () => {
  const cases: [string, string][] = [
    [' {"a": [1, 2.50, -0, true, null, "\\u00e9\\n"], "a\\/": {}} ', '{"a":[1,2.5,-0,true,null,"é\\n"],"a/":{}}'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['"\\ud83d\\ude00 \\ud83d"', '"😀 \ufffd"'],
    ["1e3", "1000"],
  ];
  for (const [text, expected] of cases) assert.equal(marshalJSON(unmarshalJSON(text)), expected, text);
});

test("errors in encoding/json's words", () => {
  const cases: [string, string][] = [
    ["", "unexpected end of JSON input"],
    ["[1,", "unexpected end of JSON input"],
    ["x", "invalid character 'x' looking for beginning of value"],
    ["[1,]", "invalid character ']' looking for beginning of value"],
    ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"', "invalid character '\"' after object key:value pair"],
    ["[1 2]", "invalid character '2' after array element"],
    ["1 2", "invalid character '2' after top-level value"],
    ["01", "invalid character '1' after top-level value"],
    ["-", "invalid character ' ' in numeric literal"],
    ["1.x", "invalid character 'x' after decimal point in numeric literal"],
    ["1e+", "invalid character ' ' in exponent of numeric literal"],
    ["nul", "invalid character ' ' in literal null (expecting 'l')"],
    ["trux", "invalid character 'x' in literal true (expecting 'e')"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\q"', "invalid character 'q' in string escape code"],
    ['"\\u12x4"', "invalid character 'x' in \\u hexadecimal character escape"],
    ["é", "invalid character 'Ã' looking for beginning of value"],
    ["1e999", "json: cannot unmarshal number 1e999 into Go value of type float64"],
    ["[".repeat(10001), "exceeded max depth"],
  ];
  for (const [text, message] of cases) assert.throws(() => unmarshalJSON(text), { message }, text.slice(0, 40));
});
