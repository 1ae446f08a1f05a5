//! The sessions of browsers: Better Auth's session tokens and cookies, the cookie of Auth.js, and the policy for requests that
//! carry cookies.

mod auth_js;
mod origin_policy;
mod session_cookies;
mod session_token;

pub use auth_js::PyAuthJsCookieReader;
pub use origin_policy::PyOriginPolicy;
pub use session_cookies::{PySessionCookieReader, PySessionCookies, encrypt_session_data};
pub use session_token::PySessionTokenReader;
