// Files queued emails in S3.
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { serve } from "./runtime.mjs";

const s3 = new S3Client({});

async function file(record) {
  const email = JSON.parse(record.body);
  await s3.send(
    new PutObjectCommand({
      Bucket: process.env.S3_BUCKET_NAME,
      Key: `${email.email_sender}_${email.email_timestream}.json`,
      ContentType: "application/json",
      IfNoneMatch: "*",
      Body: JSON.stringify(email),
    }),
  );
  console.log(JSON.stringify({ level: "INFO", message: "filed", message_id: record.messageId }));
}

await serve(async (event) => {
  const filed = await Promise.allSettled(event.Records.map(file));
  const failed = event.Records.filter((_, index) => filed[index].status === "rejected");
  return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.messageId })) };
});
