import { router } from "../../../server/trpc.ts";
import { canary } from "./canary.ts";
import { promote, takeBack } from "./canaries.ts";
import { configure } from "./configure.ts";
import { create } from "./create.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { logs } from "./logs.ts";
import { rollback } from "./rollback.ts";
import { stop } from "./stop.ts";

export const deploymentsRouter = router({ canary, configure, create, get, list, logs, promote, rollback, stop, takeBack });
