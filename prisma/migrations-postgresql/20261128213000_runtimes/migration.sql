-- AlterTable
ALTER TABLE "Host" ADD COLUMN     "runtimes" TEXT;
