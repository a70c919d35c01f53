import { join } from "node:path";
import type { Config } from "../config.ts";
import { FileStore } from "./file-store.ts";
import type { Objects } from "./objects.ts";
import { S3Store } from "./s3-store.ts";

export function openObjects(config: Config): Objects {
  return config.s3 ? new S3Store(config.s3) : new FileStore(join(config.dataDir, "objects"));
}

/** A place of their own: traces are removed after a while, and whoever uploads a source with the same bytes must not lose it. */
export function openTraces(config: Config): Objects {
  return config.s3 ? new S3Store({ ...config.s3, prefix: `${config.s3.prefix}traces/` }) : new FileStore(join(config.dataDir, "traces"));
}
