import type { Plugin } from "esbuild";

/** acorn's plugins ask for it by require, which names another file of the package than import: a bundle would have both. */
export const oneAcorn: Plugin = {
  name: "one acorn",
  setup: ({ onResolve, resolve }) =>
    onResolve({ filter: /^acorn$/ }, ({ path, kind, importer, resolveDir }) =>
      kind === "require-call" ? resolve(path, { kind: "import-statement", importer, resolveDir }) : undefined,
    ),
};
