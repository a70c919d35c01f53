-- AlterTable
ALTER TABLE "Host" ADD COLUMN     "agentOrdered" TEXT,
ADD COLUMN     "agentRefused" TEXT,
ADD COLUMN     "agentSha256" TEXT,
ADD COLUMN     "agentVersion" TEXT;
