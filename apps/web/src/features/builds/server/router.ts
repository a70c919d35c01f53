import { router } from "../../../server/trpc.ts";
import { cancel } from "./cancel.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { logs } from "./logs.ts";
import { start } from "./start.ts";
import { toolchain } from "./toolchain.ts";

import { wait } from "./wait.ts";

export const buildsRouter = router({ cancel, get, list, logs, start, toolchain, wait });
