import { router } from "../../../server/trpc.ts";
import { enrol } from "./enrol.ts";
import { report } from "./report.ts";
import { sync } from "./sync.ts";

export const agentRouter = router({ enrol, report, sync });
