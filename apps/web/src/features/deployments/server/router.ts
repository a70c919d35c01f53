import { router } from "../../../server/trpc.ts";
import { create } from "./create.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { logs } from "./logs.ts";
import { rollback } from "./rollback.ts";
import { stop } from "./stop.ts";

export const deploymentsRouter = router({ create, get, list, logs, rollback, stop });
