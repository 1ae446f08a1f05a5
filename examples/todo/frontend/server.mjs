// The page of the to-do list, and the Better Auth that its users sign in to, on one origin. Loopback only.
//
//   BETTER_AUTH_SECRET=… node server.mjs [--port 3000] [--backend http://127.0.0.1:8000] [--accounts FILE]
//                                        [--stop-with-stdin]
//
// Once it listens, it prints its address. `--accounts` keeps the accounts in FILE; without it they end with the server.
// With `--stop-with-stdin` it ends when its standard input closes, so that it cannot outlive the program that started it.

import { once } from "node:events";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

import { toNodeHandler } from "better-auth/node";

import { openAccounts } from "./accounts.mjs";
import { createAuth } from "./auth.mjs";
import { bundlePage } from "./page_files.mjs";

function readCommandLine() {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "3000" },
      backend: { type: "string", default: "http://127.0.0.1:8000" },
      accounts: { type: "string" },
      "stop-with-stdin": { type: "boolean", default: false },
    },
  });
  if (!process.env.BETTER_AUTH_SECRET) {
    throw new Error("BETTER_AUTH_SECRET must be set, for example to the output of: openssl rand -base64 48");
  }
  return { ...values, backend: new URL(values.backend).origin, secret: process.env.BETTER_AUTH_SECRET };
}

/** Returns the headers of the page: it loads its own files, talks to Better Auth and the backend, and is in no frame. */
function pageHeaders(backend) {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${backend}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "cache-control": "no-cache",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
  };
}

/** Sends a file of the page. Another name of this machine is redirected, because Better Auth trusts one origin. */
function sendFile(request, response, { files, origin, headers }) {
  const [pathname, query] = request.url.split("?", 2);
  const file = files.get(pathname === "/" ? "/index.html" : pathname);
  if (!["GET", "HEAD"].includes(request.method) || file === undefined) {
    response.writeHead(404, { "content-type": "text/plain" }).end("Not found\n");
  } else if (pathname === "/" && request.headers.host !== new URL(origin).host) {
    response.writeHead(302, { location: `${origin}/${query ? `?${query}` : ""}` }).end();
  } else {
    response.writeHead(200, { ...headers, "content-type": file.type }).end(file.body);
  }
}

function stopWithStdin(server) {
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  process.stdin.on("close", stop).resume();
}

async function main() {
  const commandLine = readCommandLine();
  const server = createServer();
  server.listen(Number(commandLine.port), "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;

  const files = await bundlePage(commandLine.backend);
  const { tables, save } = openAccounts(commandLine.accounts);
  const auth = createAuth({ origin, secret: commandLine.secret, tables });
  const handleAuth = toNodeHandler(async (request) => {
    const response = await auth.handler(request);
    save(); // before the browser hears that the account exists
    return response;
  });
  const page = { files, origin, headers: pageHeaders(commandLine.backend) };
  server.on("request", (request, response) => {
    if (request.url.startsWith("/api/auth/")) {
      handleAuth(request, response).catch(() => response.destroy()); // the browser has gone away
    } else {
      sendFile(request, response, page);
    }
  });
  if (commandLine["stop-with-stdin"]) {
    stopWithStdin(server);
  }
  console.log(`To-do page: ${origin}`);
}

try {
  await main();
} catch (error) {
  console.error(error.code === "EADDRINUSE" ? `--port must be a free port: ${error.port} is in use` : error.message);
  process.exit(1);
}
