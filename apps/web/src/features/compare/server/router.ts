import { router } from "../../../server/trpc.ts";
import { run } from "./run.ts";

export const compareRouter = router({ run });
