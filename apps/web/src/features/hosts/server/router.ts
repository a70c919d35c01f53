import { router } from "../../../server/trpc.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { page } from "./page.ts";
import { remove } from "./remove.ts";
import { setLabels } from "./set-labels.ts";
import { upgrade } from "./upgrade.ts";

export const hostsRouter = router({ get, list, page, remove, setLabels, upgrade });
