/** Zones by rule agree with the named zones of Node's ICU whose rules they are. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compileAssembly, randomSource, type Compiled } from "./harness.ts";

let module: Compiled;
before(async () => {
  module = await compileAssembly(`
    import { localOffset, setZone } from "../../assembly/natives/zone";
    const TEXT: usize = memory.data(64);
    export function text(): usize { return TEXT; }
    export function zone(length: i32): void { setZone(TEXT, TEXT + <usize>length); }
    export { localOffset };
  `);
});

function setZone(tz: string): void {
  const { exports, memory } = module;
  new Uint8Array(memory.buffer, exports["text"]!() as number, 64).set(Buffer.from(tz, "latin1"));
  exports["zone"]!(tz.length);
}
const minutes = (time: number, isLocal: boolean): number => (module.exports["localOffset"]!(time, isLocal ? 1 : 0) as number) / 60_000;

function icuMinutes(format: Intl.DateTimeFormat, time: number): number {
  const text = format.formatToParts(time).find((part) => part.type === "timeZoneName")!.value;
  const match = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(text)!;
  return match[1] === undefined ? 0 : (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}

for (const [tz, name] of [
  ["CET-1CEST,M3.5.0,M10.5.0/3", "Europe/Berlin"],
  ["GMT0BST,M3.5.0/1,M10.5.0", "Europe/London"],
  ["EST5EDT,M3.2.0,M11.1.0", "America/New_York"],
  ["PST8PDT", "America/Los_Angeles"],
  ["AEST-10AEDT,M10.1.0,M4.1.0/3", "Australia/Sydney"],
  ["<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "Australia/Lord_Howe"],
  ["IST-5:30", "Asia/Kolkata"],
  ["<-03>3", "America/Sao_Paulo"],
  ["UTC", "UTC"],
] as const) {
  test(`${tz} is ${name}`, () => {
    setZone(tz);
    const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
    const next = randomSource(11);
    for (let i = 0; i < 2000; i++) {
      // Hours from 2020 to 2036.
      const time = Date.UTC(2020, 0, 1) + (next() % 140_000) * 3_600_000;
      const offset = minutes(time, false);
      assert.equal(offset, icuMinutes(format, time), new Date(time).toISOString());
      // Back again, but for the hour that comes twice.
      const back = minutes(time + offset * 60_000, true);
      if (back !== offset) assert.ok(Math.abs(back - offset) <= 60 && minutes(time - 3_600_000, false) === back, new Date(time).toISOString());
    }
  });
}

test("local times that are skipped or come twice count with the offset before the change", () => {
  setZone("EST5EDT,M3.2.0,M11.1.0");
  assert.equal(minutes(Date.UTC(2017, 2, 12, 2, 30), true), -300);
  assert.equal(minutes(Date.UTC(2017, 2, 12, 3, 0), true), -240);
  assert.equal(minutes(Date.UTC(2017, 10, 5, 1, 30), true), -240);
  assert.equal(minutes(Date.UTC(2017, 10, 5, 2, 0), true), -300);
  assert.equal(minutes(NaN, false), -300);
});

test("what is no rule is UTC", () => {
  for (const tz of [
    "",
    "Europe/Berlin",
    "X1",
    "CET-1CEST,M3.5.0",
    "CET-1CEST,M13.5.0,M10.5.0",
    "CET-1CEST,M3.6.0,M10.5.0",
    "CET25",
    "CET1:60",
    "<CET",
    "CET-1x",
    "CET-1CEST,M3.5.0,M10.5.0/3x",
    ":/etc/localtime",
  ]) {
    setZone(tz);
    assert.equal(minutes(Date.UTC(2024, 6, 1), false), 0, tz);
  }
});
