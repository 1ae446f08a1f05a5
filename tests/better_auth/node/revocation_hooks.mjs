// Writes ended sessions and banned users to the stream that fastjose's RedisRevocations reads.

import { Redis } from "ioredis";

const LONGEST_TOKEN_SECONDS = 15 * 60; // jwt.expirationTime, or that of OAuth access tokens if it is longer

export function revocationHooks(redisUrl) {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1 });
  const revoke = (kind, id) => {
    const now = Date.now() / 1000;
    const fields = { kind, id, at: now, until: now + LONGEST_TOKEN_SECONDS };
    return redis.xadd("fastjose:revocations", "*", ...Object.entries(fields).flat());
  };
  return {
    // Sign-out, revoke-session, revoke-sessions, a ban, a password reset: each session that ends.
    session: { delete: { after: async (session) => void (await revoke("session", session.id)) } },
    user: {
      // Tokens that have no `sid`, too.
      update: { after: async (user) => void (user.banned && (await revoke("user", user.id))) },
      delete: { after: async (user) => void (await revoke("user", user.id)) },
    },
  };
}
