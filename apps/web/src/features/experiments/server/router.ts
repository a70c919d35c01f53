import { router } from "../../../server/trpc.ts";
import { cancel } from "./cancel.ts";
import { create } from "./create.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";

export const experimentsRouter = router({ cancel, create, get, list });
