-- AlterTable
ALTER TABLE "Deployment" ADD COLUMN "allowFetch" JSONB NOT NULL DEFAULT '[]';
