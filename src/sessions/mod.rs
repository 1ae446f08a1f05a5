//! The sessions of JavaScript libraries: Better Auth, and Auth.js. Their tokens and cookies are not signed JWTs.

pub mod auth_js;
pub mod better_auth;
