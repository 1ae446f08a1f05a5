// One configuration with every plugin whose credentials or columns a backend meets: `everything`.
//
// The variants name tables and columns as Drizzle does. They add Better Auth's own `modelName` and `fields` options.

// The columns whose names differ between camelCase and snake_case, of each table.
const FIELDS = {
  user: ["emailVerified", "createdAt", "updatedAt"],
  session: ["userId", "expiresAt", "ipAddress", "userAgent", "createdAt", "updatedAt"],
  account: [
    ...["accountId", "providerId", "userId", "accessToken", "refreshToken", "idToken", "accessTokenExpiresAt"],
    ...["refreshTokenExpiresAt", "createdAt", "updatedAt"],
  ],
  verification: ["expiresAt", "createdAt", "updatedAt"],
};
const PLUGIN_FIELDS = {
  admin: { user: ["banReason", "banExpires"], session: ["impersonatedBy"] },
  anonymous: { user: ["isAnonymous"] },
  apiKey: {
    apikey: [
      ...["configId", "referenceId", "userId", "refillInterval", "refillAmount", "lastRefillAt", "rateLimitEnabled"],
      ...["rateLimitTimeWindow", "rateLimitMax", "requestCount", "lastRequest", "expiresAt", "createdAt", "updatedAt"],
    ],
  },
  jwt: { jwks: ["publicKey", "privateKey", "createdAt", "expiresAt"] },
  organization: {
    session: ["activeOrganizationId"],
    organization: ["createdAt"],
    member: ["organizationId", "userId", "createdAt"],
    invitation: ["organizationId", "inviterId", "expiresAt", "createdAt"],
  },
  twoFactor: {
    user: ["twoFactorEnabled"],
    twoFactor: ["backupCodes", "userId", "failedVerificationCount", "lockedUntil"],
  },
};

const toSnakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function renameTable(table, fields, plural) {
  const modelName = plural ? `${toSnakeCase(table)}s` : toSnakeCase(table);
  return { modelName, fields: Object.fromEntries(fields.map((field) => [field, toSnakeCase(field)])) };
}

function renameTables(tables, plural) {
  return Object.fromEntries(Object.entries(tables).map(([table, fields]) => [table, renameTable(table, fields, plural)]));
}

function createPlugins({ bearer, jwt, admin, organization, anonymous, twoFactor, createApiKeyPlugin }, schemaOf) {
  return [
    bearer(), // before twoFactor(): the password step then sends a token of a session that is already deleted
    jwt(schemaOf("jwt")),
    admin(schemaOf("admin")),
    organization(schemaOf("organization")),
    anonymous(schemaOf("anonymous")),
    twoFactor(schemaOf("twoFactor")),
    createApiKeyPlugin(schemaOf("apiKey")),
  ];
}

// Signing up with an address that begins with `admin` creates an administrator.
export const createAdministrators = {
  user: { create: { before: async (user) => ({ data: user.email.startsWith("admin") ? { ...user, role: "admin" } : user }) } },
};

const additionalFields = {
  tenant: { type: "string", defaultValue: "acme", input: false },
  hidden: { type: "string", defaultValue: "s3cret", input: false, returned: false },
};

export function everything(plugins) {
  return () => ({
    plugins: createPlugins(plugins, () => ({})),
    databaseHooks: createAdministrators,
    user: { additionalFields },
  });
}

export function everythingInSnakeCase(plugins, { plural }) {
  const core = renameTables(FIELDS, plural);
  return () => ({
    plugins: createPlugins(plugins, (plugin) => ({ schema: renameTables(PLUGIN_FIELDS[plugin], plural) })),
    databaseHooks: createAdministrators,
    ...core,
    user: { ...core.user, additionalFields },
  });
}
