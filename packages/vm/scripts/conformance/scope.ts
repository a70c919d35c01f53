/** Which test262 tests count, and why the others do not. The reasons are rows of the report; such tests never count as passed. */

/** Front matter of a test (INTERPRETING.md of tc39/test262). */
export interface Metadata {
  readonly flags: readonly string[];
  readonly includes: readonly string[];
  readonly features: readonly string[];
  readonly negative: { readonly phase: "parse" | "early" | "resolution" | "runtime"; readonly type: string } | undefined;
}

/** Features after ES2025, or not in scope by decision. */
const excludedFeatures: readonly [pattern: RegExp, reason: string][] = [
  [/^Intl|^canonicalize-timezone|^stable-typedarray-sort-intl/, "Intl (ECMA-402)"],
  [/^SharedArrayBuffer$|^Atomics/, "SharedArrayBuffer and Atomics"],
  [
    /^(Temporal|ShadowRealm|decorators|import-defer|source-phase-imports.*|explicit-resource-management|Math\.sumPrecise|uint8array-base64|iterator-sequencing|json-parse-with-source|upsert|immutable-arraybuffer|Error\.isError|nonextensible-applies-to-private|await-dictionary|joint-iteration|import-text|import-bytes|iterator-chunking|iterator-join|Iterator\.prototype\.join|iterator-includes|error-stack-accessor|typedarray-findwithin|promise-try-later)$/,
    "not in ES2025",
  ],
  [
    /^(legacy-regexp|tail-call-optimization|IsHTMLDDA|cross-realm|caller|host-gc-required)$/,
    "optional feature: legacy RegExp statics, tail calls, document.all, several realms, forced collection",
  ],
];

/** What the engine says when a program makes code of text. */
export const NO_DYNAMIC_CODE = "Code generation from strings is not supported";

/** The text without its comments (as far as a look without a parser can tell). */
export const codeOf = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|(^|[^:"'`\\])\/\/.*/g, "$1 ");

/** The reason why a test is out of scope; undefined when it counts. */
export function outOfScope(file: string, source: string, metadata: Metadata): string | undefined {
  if (file.startsWith("intl402/")) return "Intl (ECMA-402)";
  if (file.startsWith("staging/")) return "staging";
  for (const feature of metadata.features) for (const [pattern, reason] of excludedFeatures) if (pattern.test(feature)) return reason;
  if (/\$262\.createRealm/.test(source)) return "optional feature: several realms";
  if (/\$262\.(agent|AbstractModuleSource)/.test(source)) return "SharedArrayBuffer and Atomics";
  const code = codeOf(source);
  if (/\beval\b|\$262\.evalScript/.test(code) || /eval-code|\/eval\//.test(file)) return "eval";
  if (
    /\bnew (Async|Generator|AsyncGenerator)?Function\b|\b(Async|Generator|AsyncGenerator)?Function\s*\(/.test(code) ||
    /\bFunction\.(call|apply)\(/.test(code) ||
    /getPrototypeOf\(\s*(async )?function\s*\*?[^)]*\)\s*\{\s*\}\s*\)\.constructor/.test(code) ||
    /\/builtin-objects\/\w*Function\/|\/function-constructor/.test(file) ||
    metadata.includes.includes("wellKnownIntrinsicObjects.js")
  )
    return "Function constructor";
  if (
    /\bwith\s*\(/.test(code) &&
    (metadata.flags.includes("noStrict") || metadata.flags.includes("raw") || file.includes("/with/") || metadata.negative !== undefined)
  )
    return "with statement";
  if (metadata.flags.includes("CanBlockIsFalse") || metadata.flags.includes("CanBlockIsTrue")) return "SharedArrayBuffer and Atomics";
  return undefined;
}

/** The small part of YAML that front matter uses. */
export function parseMetadata(source: string): Metadata {
  const text = /\/\*---([\s\S]*?)---\*\//.exec(source)?.[1] ?? "";
  const list = (key: string): string[] => {
    const inline = new RegExp(`^${key}:\\s*\\[([^\\]]*)\\]`, "m").exec(text);
    if (inline) return (inline[1] as string).split(",").flatMap((item) => (item.trim() === "" ? [] : [item.trim()]));
    const block = new RegExp(`^${key}:\\s*\\n((?:\\s+-\\s+.*\\n?)+)`, "m").exec(text);
    return block ? (block[1] as string).split("\n").flatMap((line) => (line.trim().startsWith("-") ? [line.trim().slice(1).trim()] : [])) : [];
  };
  const negative = /^negative:\s*\n(?:\s+.*\n?)+/m.exec(text)?.[0];
  return {
    flags: list("flags"),
    includes: list("includes"),
    features: list("features"),
    negative: negative === undefined ? undefined : { phase: /phase:\s*(\w+)/.exec(negative)?.[1] as "parse", type: /type:\s*(\w+)/.exec(negative)?.[1] ?? "" },
  };
}
