/** The engine's loaders for Node and the browser. */
export * from "./image.ts";
export * from "./image-file.ts";
export * from "./instance.ts";
export * from "./script.ts";
export * from "./wasm-artifact.ts";
