-- CreateTable
CREATE TABLE "sign_in_hours" (
    "hour" TIMESTAMP(3) NOT NULL,
    "succeeded" INTEGER NOT NULL,
    "refused" INTEGER NOT NULL,

    CONSTRAINT "sign_in_hours_pkey" PRIMARY KEY ("hour")
);
