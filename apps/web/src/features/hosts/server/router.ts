import { router } from "../../../server/trpc.ts";
import { list } from "./list.ts";
import { remove } from "./remove.ts";
import { setLabels } from "./set-labels.ts";

export const hostsRouter = router({ list, remove, setLabels });
