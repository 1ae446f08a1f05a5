// Better Auth's secondary storage in Redis: the package for it, or what an application writes by hand.

import { redisStorage } from "@better-auth/redis-storage";
import { Redis } from "ioredis";

const STORAGES = {
  package: (client) => redisStorage({ client }), // puts `better-auth:` before each key
  "by-hand": (client) => ({
    get: (key) => client.get(key),
    set: async (key, value, ttl) => void (await (ttl ? client.set(key, value, "EX", ttl) : client.set(key, value))),
    delete: async (key) => void (await client.del(key)),
  }),
};

export function secondaryStorageOptions(redisUrl, kind) {
  if (!redisUrl) {
    return {};
  }
  if (!Object.hasOwn(STORAGES, kind)) {
    throw new Error(`--redis-storage must be one of: ${Object.keys(STORAGES).join(", ")}`);
  }
  return { secondaryStorage: STORAGES[kind](new Redis(redisUrl)) };
}
