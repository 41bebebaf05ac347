// Takes an email over HTTP and queues it.
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { randomUUID } from "node:crypto";
import { serve } from "./runtime.mjs";

const FIELDS = ["email_subject", "email_sender", "email_timestream", "email_content"];
const sqs = new SQSClient({});
const ssm = new SSMClient({});
const parameter = await ssm.send(
  new GetParameterCommand({ Name: process.env.SSM_TOKEN_PARAMETER, WithDecryption: true }),
);
const token = parameter.Parameter.Value;

function answer(statusCode, body) {
  return {
    statusCode,
    isBase64Encoded: false,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

function isEmail(data) {
  return (
    FIELDS.every((field) => typeof data?.[field] === "string") &&
    data.email_sender.trim() !== "" &&
    /^\d+$/.test(data.email_timestream)
  );
}

await serve(async (event) => {
  let submission;
  try {
    submission = JSON.parse(event.body);
  } catch {
    return answer(400, { title: "no JSON" });
  }
  if (submission.token !== token) {
    return answer(403, { title: "not allowed" });
  }
  if (!isEmail(submission.data)) {
    return answer(400, { title: "not an email" });
  }
  const receipt = randomUUID();
  const sent = await sqs.send(
    new SendMessageCommand({
      QueueUrl: process.env.SQS_QUEUE_URL,
      MessageBody: JSON.stringify(submission.data),
      MessageAttributes: { receipt: { DataType: "String", StringValue: receipt } },
    }),
  );
  console.log(JSON.stringify({ level: "INFO", message: "accepted", receipt }));
  return answer(200, { message_id: sent.MessageId, receipt });
});
