// Prints what happens to your company, one JSON line for each message, by server-sent events:
//   SURETY_TOKEN=… node listen-sse.mjs http://127.0.0.1:8080 [cursor]
import { createClient } from "graphql-sse";
import { describe, follow } from "./follow.mjs";

const [address, after] = process.argv.slice(2);
const url = `${address}/graphql/stream`;

function open() {
  const client = createClient({
    url,
    headers: () => ({ Authorization: `Bearer ${process.env.SURETY_TOKEN}` }),
    // The client would subscribe again as it did the first time; `follow` does it with the last cursor.
    retryAttempts: 0,
  });
  return { iterate: client.iterate, close: client.dispose };
}

// A status that says that the request is at fault, and not the moment. 401 also comes when a token has ended: where you
// fetch a fresh one in `headers`, leave it out.
const isFinal = ({ response }) =>
  response?.status >= 400 && response.status < 500 && ![408, 429].includes(response.status);

follow({ open, isFinal, after, handle: (message) => console.log(JSON.stringify(message)) }).catch((error) => {
  console.error(describe(error));
  process.exit(1);
});
