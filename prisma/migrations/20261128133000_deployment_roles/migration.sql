-- AlterTable
ALTER TABLE "Deployment" ADD COLUMN "role" TEXT NOT NULL DEFAULT 'primary';
ALTER TABLE "Deployment" ADD COLUMN "sharePercent" INTEGER;
ALTER TABLE "Deployment" ADD COLUMN "canary" JSONB;
ALTER TABLE "Deployment" ADD COLUMN "expiresAt" DATETIME;
ALTER TABLE "Deployment" ADD COLUMN "minInstances" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "Deployment" ADD COLUMN "maxInstances" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "Deployment" ADD COLUMN "idleSeconds" INTEGER;
ALTER TABLE "Deployment" ADD COLUMN "placement" TEXT;

-- CreateIndex
CREATE INDEX "Deployment_state_role_idx" ON "Deployment"("state", "role");
