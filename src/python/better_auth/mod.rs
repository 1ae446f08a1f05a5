//! Better Auth's session tokens and session cookies, and the policy for requests that carry cookies.

mod origin_policy;
mod session_cookies;
mod session_token;

pub use origin_policy::PyOriginPolicy;
pub use session_cookies::{PySessionCookieReader, PySessionCookies, encrypt_session_data};
pub use session_token::PySessionTokenReader;
