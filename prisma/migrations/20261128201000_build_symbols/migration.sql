-- AlterTable
ALTER TABLE "Build" ADD COLUMN "symbols" BOOLEAN NOT NULL DEFAULT false;
