-- AlterTable
ALTER TABLE "Host" ADD COLUMN "agentVersion" TEXT;
ALTER TABLE "Host" ADD COLUMN "agentSha256" TEXT;
ALTER TABLE "Host" ADD COLUMN "agentOrdered" TEXT;
ALTER TABLE "Host" ADD COLUMN "agentRefused" TEXT;
