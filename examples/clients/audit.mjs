// Runs the audits of the GraphQL over HTTP specification against a server, one line for each; ends with 1 if any is not met:
//   node audit.mjs http://127.0.0.1:8080/graphql
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
if (!url) {
  console.error("usage: node audit.mjs <address of the GraphQL endpoint>");
  process.exit(2);
}

let unmet = 0;
for (const { id, name, fn } of serverAudits({ url })) {
  // An audit throws where there is no answer to look at.
  const { status, reason } = await fn().catch((error) => ({ status: "error", reason: String(error.cause ?? error) }));
  console.log(`${id} ${status} ${name}${status === "ok" ? "" : `: ${reason}`}`);
  if (status !== "ok") unmet += 1;
}
console.log(`${unmet} audits are not met`);
process.exitCode = unmet ? 1 : 0;
