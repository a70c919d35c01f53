import { projectQuery } from "../../../server/trpc.ts";
import { hostRows } from "./rows.ts";

/** All of them, to choose from and for programs; the dashboard's table takes `page`. */
export const list = projectQuery("viewer").query(({ ctx }) => hostRows(ctx));
