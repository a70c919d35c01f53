/** First visit: makes the administrator's account. Refused once there is any account. */
import { z } from "zod";
import { createAccount, minPasswordLength, removeAccount } from "../../../server/auth.ts";
import { auditRow } from "../../../server/audit.ts";
import { exclusively } from "../../../server/db/exclusively.ts";
import { AppError } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { publicProcedure } from "../../../server/trpc.ts";
import { defaultProject } from "../../settings/server/local-enrolment.ts";

export const setup = publicProcedure
  .input(
    z.object({
      name: z.string().trim().min(1, "a name").max(100),
      email: z.email("an email address").max(254),
      password: z.string().min(minPasswordLength, `at least ${minPasswordLength} characters`).max(200),
    }),
  )
  .mutation(({ ctx, input }) => {
    // One at a time: of two first visitors, one becomes the administrator.
    const { db, auth } = ctx.app;
    return exclusively(db, "setup", async () => {
      if ((await db.user.count()) > 0) throw new AppError("CONFLICT", "The administrator's account was made already. Sign in.");
      const user = await createAccount(auth, input);
      const project = await defaultProject(db);
      const actor = { kind: "person", id: user.id, name: input.name } as const;
      await db
        .$transaction([
          db.member.create({ data: { id: newId("mem"), projectId: project.id, userId: user.id, role: "admin" } }),
          auditRow(db, project.id, actor, "auth.setup", { target: { kind: "person", id: user.id, name: input.name } }),
        ])
        .catch((error: unknown) => removeAccount(db, user.id, error));
      return { userId: user.id, projectId: project.id };
    });
  });
