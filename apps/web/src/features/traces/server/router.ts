import { router } from "../../../server/trpc.ts";
import { cancel } from "./cancel.ts";
import { create } from "./create.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { progress } from "./progress.ts";
import { read } from "./read.ts";
import { remove } from "./remove.ts";

export const tracesRouter = router({ cancel, create, get, list, progress, read, remove });
