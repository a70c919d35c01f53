import { enrolInput } from "@zerostart/protocol";
import { auditRow } from "../../../server/audit.ts";
import { newId } from "../../../server/ids.ts";
import { newToken } from "../../../server/tokens.ts";
import { enrolmentProcedure } from "../../../server/trpc.ts";

/** Makes a host and its agent token, shown this once. */
export const enrol = enrolmentProcedure.input(enrolInput).mutation(async ({ ctx, input }) => {
  const { app, caller } = ctx;
  const { token, hash } = newToken("agent");
  const hostId = newId("hst");
  const { hostName, os, arch, kernel, cpuModel, cpuCount, memoryBytes, executors, labels } = input;
  const actor = { kind: "agent", id: hostId, name: hostName } as const;
  await app.db.$transaction([
    app.db.host.create({
      data: {
        id: hostId,
        projectId: caller.projectId,
        name: hostName,
        os,
        arch,
        kernel,
        cpuModel,
        cpuCount,
        memoryBytes: BigInt(memoryBytes),
        executors,
        labels,
        agentTokenHash: hash,
      },
    }),
    app.db.enrolmentToken.update({ where: { id: caller.tokenId }, data: { uses: { increment: 1 } } }),
    auditRow(app.db, caller.projectId, actor, "agent.enrol", { target: { kind: "host", id: hostId, name: hostName }, detail: { os, arch } }),
  ]);
  app.events.notify(`project:${caller.projectId}`);
  return { hostId, agentToken: token };
});
