import { router } from "../../../server/trpc.ts";
import { check } from "./check.ts";
import { create } from "./create.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { remove } from "./remove.ts";
import { source } from "./source.ts";
import { upload } from "./upload.ts";

export const handlersRouter = router({ check, create, get, list, remove, source, upload });
