// A small app: a bucket, a queue, a function that may read the one and send to the other, and a role of its own.
const { App, CfnOutput, RemovalPolicy, Stack } = require("aws-cdk-lib");
const iam = require("aws-cdk-lib/aws-iam");
const lambda = require("aws-cdk-lib/aws-lambda");
const s3 = require("aws-cdk-lib/aws-s3");
const sqs = require("aws-cdk-lib/aws-sqs");

const app = new App();
const stack = new Stack(app, "Small");
const bucket = new s3.Bucket(stack, "Store", { removalPolicy: RemovalPolicy.DESTROY });
const queue = new sqs.Queue(stack, "Queue");
const code = lambda.Code.fromInline(`def handler(event, context):\n    return ${process.env.ANSWER || 1}\n`);
const sender = new lambda.Function(stack, "Sender", {
  runtime: lambda.Runtime.PYTHON_3_12,
  handler: "index.handler",
  code,
  environment: { QUEUE: queue.queueUrl },
});
bucket.grantRead(sender);
queue.grantSendMessages(sender);
new iam.Role(stack, "Reader", { assumedBy: new iam.ServicePrincipal("glue.amazonaws.com") });
new CfnOutput(stack, "Bucket", { value: bucket.bucketName });
