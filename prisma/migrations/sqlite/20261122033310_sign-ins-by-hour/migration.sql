-- CreateTable
CREATE TABLE "sign_in_hours" (
    "hour" DATETIME NOT NULL PRIMARY KEY,
    "succeeded" INTEGER NOT NULL,
    "refused" INTEGER NOT NULL
);
