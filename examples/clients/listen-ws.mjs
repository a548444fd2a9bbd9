// Prints what happens to your company, one JSON line for each message, over a WebSocket:
//   SURETY_TOKEN=… node listen-ws.mjs http://127.0.0.1:8080 [cursor]
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { describe, follow } from "./follow.mjs";

const [address, after] = process.argv.slice(2);
const url = `${address.replace(/^http/, "ws")}/graphql/ws`;

function open() {
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: () => ({ Authorization: `Bearer ${process.env.SURETY_TOKEN}` }),
    // The client would subscribe again as it did the first time; `follow` does it with the last cursor.
    retryAttempts: 0,
  });
  return { iterate: client.iterate, close: client.terminate };
}

// The codes of the protocol that say that the client is at fault. 4403 also comes when a token ends: where you fetch a
// fresh one in `connectionParams`, leave it out.
const isFinal = ({ code }) => [4400, 4401, 4403, 4406, 4409, 4429].includes(code);

follow({ open, isFinal, after, handle: (message) => console.log(JSON.stringify(message)) }).catch((error) => {
  console.error(describe(error));
  process.exit(1);
});
