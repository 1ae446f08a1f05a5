//! The proxies that requests go through: none unless the operator names one.

use std::env;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::Url;

use crate::error::{Error, Result};
use crate::http::url::is_loopback;

/// Which requests go through which proxy. User and password of a proxy are in no text and in no `Debug` output.
#[derive(Debug)]
pub struct ProxySettings(Matcher);

impl ProxySettings {
    /// Returns the settings for one proxy, which every request goes through.
    ///
    /// # Errors
    /// [`Error::Configuration`] unless `url` is an http or https URL without a path. It may contain a user name and a
    /// password.
    pub fn from_url(url: &str) -> Result<Self> {
        Ok(Self(Matcher::builder().all(proxy_url("proxy", url)?).build()))
    }

    /// Returns the settings in the environment: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capital or in
    /// small letters, as curl reads them. In a CGI script a client can set `HTTP_PROXY`: no proxy is used.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a variable is not the URL of a proxy. The text does not contain it.
    pub fn from_environment() -> Result<Self> {
        let proxy_of = |names: &[&'static str]| match names.iter().find_map(|name| Some((name, variable(name)?))) {
            Some((name, url)) => proxy_url(name, &with_scheme(&url)),
            None => Ok(String::new()),
        };
        let no_proxy = variable("NO_PROXY").or_else(|| variable("no_proxy")).unwrap_or_default();
        if env::var_os("REQUEST_METHOD").is_some() {
            return Ok(Self(Matcher::builder().build()));
        }
        let https = proxy_of(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])?;
        let http = proxy_of(&["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])?;
        Ok(Self(Matcher::builder().https(https).http(http).no(no_proxy).build()))
    }

    /// Returns the proxy for a request to `url`, or `None` if it goes to the server itself.
    ///
    /// Plain http to a loopback address is permitted because it does not leave this machine, so it never goes through a
    /// proxy.
    pub(crate) fn proxy_for(&self, url: &Url) -> Option<Intercept> {
        if url.scheme() == "http" && is_loopback(url) {
            return None;
        }
        self.0.intercept(&url.as_str().parse().ok()?)
    }
}

/// Returns a variable that is set and not empty. One that is not Unicode is not a URL, but it is set.
fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name)?.to_string_lossy().trim().to_owned();
    if value.is_empty() { None } else { Some(value) }
}

fn with_scheme(url: &str) -> String {
    if url.contains("://") { url.to_owned() } else { format!("http://{url}") }
}

/// Returns `text` if it is the URL of a proxy. Errors call it `name`.
fn proxy_url(name: &str, text: &str) -> Result<String> {
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.filter(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none());
    let url = url.map(String::from).filter(|url| is_understood(url));
    url.ok_or_else(|| {
        Error::Configuration(format!(
            "{name} must be the http or https URL of a proxy, such as http://proxy.example:3128; encode special \
             characters of its user name and password in percent"
        ))
    })
}

/// Returns true if requests would go through the proxy `url`. The matcher ignores a URL that it does not understand.
fn is_understood(url: &str) -> bool {
    let matcher = Matcher::builder().all(url.to_owned()).build();
    "https://a.example/".parse().is_ok_and(|server| matcher.intercept(&server).is_some())
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::{ProxySettings, variable, with_scheme};

    #[test]
    fn a_proxy_has_an_http_url_without_a_path() {
        for url in ["http://p", "https://p:1/", "http://user:p%40ss@p:3128", "http://[::1]:3128", " http://10.0.0.1:1 "]
        {
            assert!(ProxySettings::from_url(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "p",
            "p:3128",
            "socks5://p:1",
            "ftp://p",
            "file:///p",
            "http://",
            "http://hidden:secret@p/path",
            "http://p?a",
            "http://p#a",
            "http://hidden:secret@p:99999",
            "http://hidden:secret@p`",
        ] {
            let error = ProxySettings::from_url(url).unwrap_err().to_string();
            assert!(error.starts_with("proxy must be") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn plain_http_to_a_loopback_address_never_goes_through_a_proxy() {
        let settings = ProxySettings::from_url("http://hidden:secret@p:1").unwrap();
        let is_proxied = |url: &str| settings.proxy_for(&Url::parse(url).unwrap()).is_some();
        assert!(
            !is_proxied("http://localhost:3000/") && !is_proxied("http://127.0.0.1/") && !is_proxied("http://[::1]/")
        );
        assert!(
            is_proxied("https://localhost/") && is_proxied("https://a.example/") && is_proxied("http://auth:3000/")
        );
        assert!(!format!("{settings:?}").contains("secret"));
    }

    #[test]
    fn proxy_of_a_variable_is_http_unless_it_says_otherwise() {
        for (text, expected) in
            [("p:3128", "http://p:3128"), ("http://p", "http://p"), ("https://p", "https://p"), ("", "http://")]
        {
            assert_eq!(with_scheme(text), expected);
        }
        assert_eq!(variable("FASTJOSE_TEST_UNSET"), None);
        assert!(variable("PATH").is_some_and(|path| !path.is_empty() && path == std::env::var("PATH").unwrap()));
    }
}
