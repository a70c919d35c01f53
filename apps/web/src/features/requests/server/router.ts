import { router } from "../../../server/trpc.ts";
import { timeline } from "./timeline.ts";

export const requestsRouter = router({ timeline });
