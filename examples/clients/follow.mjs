// Follows the log of events across every break. It works with any client that has `iterate`.
import { setTimeout as sleep } from "node:timers/promises";

const QUERY = `subscription ($after: Cursor) {
  events(after: $after) {
    __typename
    ... on Checkpoint { cursor }
    ... on Event { cursor id type subjectId sequence occurredAt }
  }
}`;

// The server speaks at least every 15 seconds. A connection that is silent for longer is dead, even if it looks open.
const SILENCE = 45_000;
const LONGEST_WAIT = 30_000;

// Errors of GraphQL come as a list. Other codes than these stay what they are however often you ask.
const isRefusal = (error) => Array.isArray(error);
const isPassing = (errors) =>
  errors.every(({ extensions }) => ["INTERNAL", "OVERLOADED", "THROTTLED"].includes(extensions?.code));

/** For how many milliseconds the server wants to be left alone, if it says so. */
const pauseOf = (error) =>
  isRefusal(error) ? Math.max(...error.map(({ extensions }) => (extensions?.retryAfter ?? 0) * 1000)) : 0;

/** What went wrong, in a line: clients throw errors, events of sockets, and lists. */
export function describe(error) {
  if (isRefusal(error)) return error.map(({ message, extensions }) => `${extensions?.code}: ${message}`).join(" ");
  return error.reason || error.message || (error.code ? `closed with ${error.code}` : String(error));
}

/**
 * Gives every message to `handle`, in order, and goes on behind the last one that was handled. It ends only by throwing:
 * when `handle` does, or when trying again cannot help.
 *
 * @param open makes a client, once for each connection, and answers `{ iterate, close }`
 * @param isFinal whether an error of the transport would come again
 */
export async function follow({ open, isFinal, handle, after = null }) {
  let cursor = after;
  let failures = 0;
  for (;;) {
    const client = open();
    const messages = client.iterate({ query: QUERY, variables: { after: cursor } });
    const silence = setTimeout(() => messages.throw(new Error("the server is silent")), SILENCE);
    let why = "the stream has ended";
    let pause = 0;
    let handling = false;
    try {
      for await (const { data, errors } of messages) {
        if (errors) throw errors;
        handling = true;
        await handle(data.events);
        handling = false;
        // Only now: what was not handled is told again.
        cursor = data.events.cursor;
        failures = 0;
        silence.refresh();
      }
    } catch (error) {
      if (handling || (isRefusal(error) ? !isPassing(error) : isFinal(error))) throw error;
      why = error;
      pause = pauseOf(error);
    } finally {
      clearTimeout(silence);
      client.close();
    }
    // A part of the wait is left to chance, so that not everybody comes back at once.
    const wait = pause + Math.min(LONGEST_WAIT, 500 * 2 ** failures++) * (0.5 + Math.random() / 2);
    console.error(`${describe(why)}; again in ${Math.round(wait)} ms`);
    await sleep(wait);
  }
}
