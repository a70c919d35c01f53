-- AlterTable
ALTER TABLE "StartSample" ADD COLUMN "agentStartedAtMs" BIGINT;

-- AlterTable
ALTER TABLE "LogLine" ADD COLUMN "agentAt" TIMESTAMP(3);
