import assert from "node:assert/strict";
import { test } from "node:test";
import { WriteStream } from "node:tty";
import { colour, table } from "../src/terminal.ts";

test("colours go by the stream that is printed to, not by another one", () => {
  const pipe = Object.create(WriteStream.prototype, { isTTY: { value: false } }) as NodeJS.WriteStream;
  assert.equal(colour("red", "x", pipe), "x");
});

test("columns are as wide as their widest cell, and no line ends in blanks", () => {
  assert.equal(
    table(
      ["A", "LONG"],
      [
        ["wide", ""],
        ["b", "c"],
      ],
    ),
    "A     LONG\nwide\nb     c",
  );
});
