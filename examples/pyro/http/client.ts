// Calls Pyro objects by HTTP: all it takes is `fetch`. Run a name server, a test server (bunsen echo --naming) and a
// gateway (bunsen gateway --expose "Pyro\.NameServer|test\.", or pyro5-httpgateway -e …), then: node client.ts [URL]

const [gateway = "http://localhost:8080"] = process.argv.slice(2);

/** Keyword arguments are those of the query. */
async function call(object: string, member: string, query: Record<string, string> = {}) {
  const url = new URL(`/pyro/${object}/${member}`, gateway);
  url.search = new URLSearchParams(query).toString();
  const response = await fetch(url, {
    headers: { "X-Pyro-Correlation-Id": crypto.randomUUID() },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text === "" ? null : JSON.parse(text); // nothing, where nobody waits for an answer
}

console.log("LIST", await call("Pyro.NameServer", "list"));
console.log("META", Object.keys(await call("Pyro.NameServer", "$meta"))); // methods and attributes
console.log("LOOKUP", await call("Pyro.NameServer", "lookup", { name: "test.echoserver" }));
console.log("ECHO", await call("test.echoserver", "echo", { message: "hello" }));
console.log("ONEWAY_SLOW", await call("test.echoserver", "oneway_slow"));
console.log("SLOW", await call("test.echoserver", "slow"));

// A remote error is an answer with status 500, and the error as JSON.
await call("test.echoserver", "error").catch((error: Error) => console.log("ERROR", error.message));
