-- AlterTable
ALTER TABLE "Host" ADD COLUMN "frontPort" INTEGER;

-- AlterTable
ALTER TABLE "Deployment" ADD COLUMN "routes" JSONB;
