import { router } from "../../../server/trpc.ts";
import { list } from "./list.ts";
import { remove } from "./remove.ts";
import { setLabels } from "./set-labels.ts";
import { upgrade } from "./upgrade.ts";

export const hostsRouter = router({ list, remove, setLabels, upgrade });
