//! Which addresses are connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::NetError;

/// How far requests may go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// Public addresses only: what certificates may name.
    Public,
    /// Any address, through a proxy where the environment says so: for a server that the office chose itself.
    Chosen,
    /// Any, this machine included, and never through a proxy: for tests.
    Anywhere,
}

impl Reach {
    const fn is_public(self) -> bool {
        match self {
            Self::Public => true,
            Self::Chosen | Self::Anywhere => false,
        }
    }
}

/// An address that could be connected to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    /// As it is asked for.
    pub url: String,
    /// Scheme, host and port.
    pub origin: String,
    /// Whether what is sent there is encrypted on the way.
    pub is_tls: bool,
    /// Whether it is on this machine or in a private network, as far as the name says.
    pub is_local: bool,
}

/// Reads an address without connecting to it.
///
/// # Errors
/// [`NetError::Address`] and [`NetError::Private`], as for a request.
pub fn check_address(text: &str, reach: Reach) -> Result<Address, NetError> {
    let url = checked(text, reach, &[])?;
    Ok(Address {
        origin: url.origin().ascii_serialization(),
        is_tls: url.scheme() == "https",
        is_local: url.host_str().is_some_and(is_local_name),
        url: url.to_string(),
    })
}

/// Reads an address and refuses what is not connected to.
pub(crate) fn checked(text: &str, reach: Reach, proxies: &[String]) -> Result<Url, NetError> {
    let refuse = |reason| NetError::Address { url: shortened(text), reason };
    let url = Url::parse(text.trim()).map_err(|_| refuse("malformed"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("scheme"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("credentials"));
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| refuse("malformed"))?;
    // A certificate may name such an address of a public host and mean it; a person does not.
    if cut_password(text) && (!reach.is_public() || is_local_name(host)) {
        return Err(refuse("credentials"));
    }
    if reach.is_public() && (is_local_name(host) || proxies.iter().any(|proxy| proxy.eq_ignore_ascii_case(host))) {
        return Err(NetError::Private { host: host.to_owned() });
    }
    Ok(url)
}

/// Where a redirect leads, or why it is not followed.
pub(crate) fn next(from: &Url, location: &str, reach: Reach, proxies: &[String]) -> Result<Url, NetError> {
    let refuse = |reason| NetError::Redirect { url: shortened(from.as_str()), to: shortened(location), reason };
    let to = from.join(location.trim()).map_err(|_| refuse("malformed"))?;
    let to = checked(to.as_str(), reach, proxies).map_err(|error| match error {
        NetError::Address { reason, .. } => refuse(reason),
        NetError::Private { .. } => refuse("private"),
        other => other,
    })?;
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(refuse("downgrade"));
    }
    Ok(to)
}

/// Where a redirect of what was posted leads, or why it is not followed (RFC 9110 §15.4: only 307 and 308 keep the method).
pub(crate) fn next_of_post(
    from: &Url,
    location: &str,
    status: u16,
    secret: bool,
    reach: Reach,
    proxies: &[String],
) -> Result<Url, NetError> {
    let refuse = |reason| NetError::Redirect { url: shortened(from.as_str()), to: shortened(location), reason };
    if !matches!(status, 307 | 308) {
        return Err(refuse("method"));
    }
    let to = next(from, location, reach, proxies)?;
    if secret && to.origin() != from.origin() { Err(refuse("secret")) } else { Ok(to) }
}

/// How far a redirect from `from` may lead, which was asked at `peer` (`None` where a proxy stood in between): a public server
/// sends nobody into a private network (OWASP, server-side request forgery). One inside may lead anywhere, as before.
pub(crate) fn onwards(reach: Reach, from: &Url, peer: Option<IpAddr>) -> Reach {
    match reach {
        Reach::Public => Reach::Public,
        Reach::Anywhere => Reach::Anywhere,
        Reach::Chosen => {
            // The office's own servers often have public names that lead to private addresses.
            let inside = from.host_str().is_some_and(is_local_name) || peer.is_some_and(|peer| !is_public(peer));
            if inside { Reach::Chosen } else { Reach::Public }
        }
    }
}

/// An address as an error shows it: without credentials, and not endless.
pub(crate) fn shortened(url: &str) -> String {
    const SHOWN: usize = 300;
    let url = without_credentials(url);
    if url.chars().count() <= SHOWN { url } else { url.chars().take(SHOWN).chain(['…']).collect() }
}

/// The address with `…` in the place of user name and password, whether it is well-formed or not.
fn without_credentials(text: &str) -> String {
    let whole = text.trim();
    match Url::parse(whole) {
        Ok(mut url) if url.has_host() => {
            if url.username().is_empty() && url.password().is_none() {
                return if cut_password(whole) { hidden(whole) } else { text.to_owned() };
            }
            // These fail only for addresses without a host.
            if url.set_password(None).is_ok() && url.set_username("…").is_ok() {
                return url.as_str().replacen("%E2%80%A6@", "…@", 1);
            }
            hidden(whole)
        }
        Ok(_) | Err(_) => hidden(whole),
    }
}

/// Whether what reads as a port may be the first digits of a password, because an `@` follows later: in `http://user:12/34@host/`
/// the standard ends the host at the slash (WHATWG URL §4.4, authority state).
fn cut_password(text: &str) -> bool {
    // As the parser does: it skips these, and takes either slash.
    let plain: String = text.trim().chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let Some((_, rest)) = plain.split_once(':') else { return false };
    let rest = rest.trim_start_matches(['/', '\\']);
    let (authority, behind) = rest.split_at(rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()));
    // The colons of an IPv6 address are none of a port.
    let port = authority.rsplit_once(']').map_or(authority, |(_, port)| port);
    port.contains(':') && !authority.contains('@') && behind.contains('@')
}

/// What cannot be read as an address: up to the last `@` anything may be a password, a slash in it included.
fn hidden(text: &str) -> String {
    let Some((before, rest)) = text.rsplit_once('@') else { return text.to_owned() };
    let scheme =
        before.split_once("://").map(|(scheme, _)| scheme).filter(|own| own.chars().all(char::is_alphanumeric));
    match scheme {
        Some(scheme) => format!("{scheme}://…@{rest}"),
        None => format!("…@{rest}"),
    }
}

/// A literal address that is not public, or a name that only means something in a local network.
fn is_local_name(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return !is_public(ip);
    }
    let name = bare.trim_end_matches('.').to_ascii_lowercase();
    !name.contains('.')
        || [".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa"]
            .iter()
            .any(|suffix| name.ends_with(suffix))
}

/// Whether an address is globally reachable (IANA special-purpose registries, RFC 6890).
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // ::/96 with ::1, IPv4-mapped, NAT64: what matters is the address inside.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => false,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x64, 0xff9b, ..] => false,
        // 6to4
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo, ORCHID, benchmarking, documentation
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Only 2000::/3 is given out; unique local, link-local and multicast are outside of it.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Resolves names and keeps public addresses only. A proxy's own name is resolved as it is.
pub(crate) struct PublicNames {
    pub(crate) reach: Reach,
    pub(crate) proxies: Vec<String>,
}

/// Marks, inside an error of the HTTP client, that a name led into a private network.
#[derive(Debug, thiserror::Error)]
#[error("the name leads into a private network")]
pub(crate) struct LedAstray;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let any = !self.reach.is_public() || self.proxies.iter().any(|proxy| proxy.eq_ignore_ascii_case(name.as_str()));
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let some = !found.is_empty();
            let good: Vec<SocketAddr> = found.into_iter().filter(|at| any || is_public(at.ip())).collect();
            if good.is_empty() && some {
                return Err(LedAstray.into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

/// Names of the proxies that the environment gives, without scheme and port.
pub(crate) fn proxies_of_environment() -> Vec<String> {
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .filter_map(|value| {
            let with_scheme = if value.contains("://") { value } else { format!("http://{value}") };
            Url::parse(&with_scheme).ok()?.host_str().map(str::to_owned)
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "3fff::1",
            "4000::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "200.152.32.1",
            "2001:4860:4860::8888",
            "2804::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn addresses_that_certificates_may_not_name_are_refused() {
        let code = |url: &str| match checked(url, Reach::Public, &["proxy.cartorio.com.br".to_owned()]) {
            Ok(_) => "ok",
            Err(NetError::Address { reason, .. }) => reason,
            Err(NetError::Private { .. }) => "private",
            Err(other) => panic!("{other}"),
        };
        assert_eq!(code("http://acraiz.icpbrasil.gov.br/LCRacraizv10.crl"), "ok");
        assert_eq!(code("  https://exemplo.com.br:8443/a.crl "), "ok");
        for url in [
            "file:///etc/passwd",
            "ftp://exemplo.com.br/a.crl",
            "ldap://x.y/cn=a",
            "data:,x",
            "gopher://a.b/",
            "javascript:1",
        ] {
            assert_eq!(code(url), "scheme", "{url}");
        }
        for url in ["", "http://", "/a.crl", "http://[::1", "http:// a.b/"] {
            assert_eq!(code(url), "malformed", "{url}");
        }
        assert_eq!(code("http://a:b@exemplo.com.br/"), "credentials");
        // The parser of addresses knows every way to write one: shorthand, octal, one number.
        for url in [
            "http://localhost/",
            "http://LOCALHOST./",
            "http://intranet/",
            "http://a.local/",
            "http://x.internal./",
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:a00:1]/",
            "http://169.254.169.254/latest/meta-data",
            "http://proxy.cartorio.com.br:3128/",
            "http://10.0.0.1:80/",
        ] {
            assert_eq!(code(url), "private", "{url}");
        }
        assert!(checked("http://127.0.0.1:1/", Reach::Anywhere, &[]).is_ok());
    }

    #[test]
    fn redirects_lead_nowhere_else() {
        let follow = |from: &str, to: &str| match next(&Url::parse(from).unwrap(), to, Reach::Public, &[]) {
            Ok(url) => url.to_string(),
            Err(NetError::Redirect { reason, .. }) => reason.to_owned(),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(follow("http://a.br/x/y.crl", "../z.crl"), "http://a.br/z.crl");
        assert_eq!(follow("http://a.br/", "https://b.br/z"), "https://b.br/z");
        assert_eq!(follow("https://a.br/", "//b.br/z"), "https://b.br/z");
        assert_eq!(follow("https://a.br/", "http://b.br/z"), "downgrade");
        assert_eq!(follow("http://a.br/", "file:///etc/passwd"), "scheme");
        assert_eq!(follow("http://a.br/", "ftp://b.br/"), "scheme");
        assert_eq!(follow("http://a.br/", "http://127.0.0.1/"), "private");
        assert_eq!(follow("http://a.br/", "http://u@b.br/"), "credentials");
        assert_eq!(follow("http://a.br/", "http://"), "malformed");
    }

    #[test]
    fn nothing_leads_out_of_the_public_network_into_a_private_one() {
        let peer = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let follow = |from: &str, at: Option<IpAddr>, to: &str| {
            let from = Url::parse(from).unwrap();
            let reach = onwards(Reach::Chosen, &from, at);
            match next_of_post(&from, to, 307, false, reach, &["proxy".to_owned()]) {
                Ok(url) => url.to_string(),
                Err(NetError::Redirect { reason, .. }) => reason.to_owned(),
                Err(other) => panic!("{other}"),
            }
        };
        for local in
            ["http://127.0.0.1/", "http://10.0.0.1:8080/x", "http://[::1]/", "http://tsa.intranet/", "http://proxy/"]
        {
            assert_eq!(follow("http://tsa.com.br/", peer("8.8.8.8"), local), "private", "{local}");
            assert_eq!(follow("http://tsa.com.br/", None, local), "private", "{local}");
            // A server of the office's own leads where it likes, under a public name too.
            assert_eq!(follow("http://10.0.0.9/", peer("10.0.0.9"), local), Url::parse(local).unwrap().as_str());
            assert_eq!(follow("http://tsa.com.br/", peer("10.0.0.9"), local), Url::parse(local).unwrap().as_str());
        }
        assert_eq!(follow("http://tsa.com.br/", peer("8.8.8.8"), "http://b.com.br/"), "http://b.com.br/");
        assert_eq!(follow("https://10.0.0.9/", peer("10.0.0.9"), "http://10.0.0.9/"), "downgrade");
        assert_eq!(follow("https://tsa.com.br/", peer("8.8.8.8"), "http://tsa.com.br/"), "downgrade");
        // Once outside it stays outside, names that resolve to something inside included: the resolver goes by the same reach.
        let public = Url::parse("http://tsa.com.br/").unwrap();
        assert_eq!(onwards(Reach::Chosen, &public, peer("8.8.8.8")), Reach::Public);
        assert_eq!(onwards(Reach::Public, &Url::parse("http://10.0.0.1/").unwrap(), peer("10.0.0.1")), Reach::Public);
        assert_eq!(onwards(Reach::Anywhere, &public, peer("8.8.8.8")), Reach::Anywhere);
    }

    #[test]
    fn no_error_has_credentials() {
        use cartorio_core::Coded;
        for (url, shown) in [
            ("http://joana:s3gredo@exemplo.com.br/tsa?x=1", "http://…@exemplo.com.br/tsa?x=1"),
            ("https://s3gredo@exemplo.com.br/", "https://…@exemplo.com.br/"),
            ("https://:s3gredo@exemplo.com.br/", "https://…@exemplo.com.br/"),
            ("http:joana:s3gredo@exemplo.com.br/", "http://…@exemplo.com.br/"),
            ("http:\\\\joana:s3gredo@exemplo.com.br/", "http://…@exemplo.com.br/"),
            ("ht\ntp://joana:s3gredo@exemplo.com.br/", "http://…@exemplo.com.br/"),
            ("ftp://joana:s3gredo@exemplo.com.br/", "ftp://…@exemplo.com.br/"),
            ("ldap://joana:s3gredo@exemplo.com.br/", "ldap://…@exemplo.com.br/"),
            ("http://joana:s3g/redo@exemplo.com.br/", "http://…@exemplo.com.br/"),
            ("http://joana:s3@gredo@exemplo.com.br/", "http://…@exemplo.com.br/"),
            ("http://joana:s3gredo@[::1", "http://…@[::1"),
            ("joana:s3gredo@exemplo.com.br/", "…@exemplo.com.br/"),
            ("//joana:s3gredo@exemplo.com.br/", "…@exemplo.com.br/"),
            // What reads as a port is how the password begins.
            ("http://joana:12/redo@exemplo.com.br/tsa", "http://…@exemplo.com.br/tsa"),
            ("https://joana:443/s3g@exemplo.com.br/", "https://…@exemplo.com.br/"),
            ("http:\\\\joana:80\\redo@exemplo.com.br/", "…@exemplo.com.br/"),
            ("http://joana:/redo@exemplo.com.br/", "http://…@exemplo.com.br/"),
            ("http://joana:12?redo@exemplo.com.br/", "http://…@exemplo.com.br/"),
            ("http://joana:12#redo@exemplo.com.br/", "http://…@exemplo.com.br/"),
        ] {
            for reach in [Reach::Public, Reach::Chosen] {
                let error = check_address(url, reach).unwrap_err();
                assert!(matches!(&error, NetError::Address { url, .. } if url == shown), "{error:?}");
                let all = format!("{error} {error:?} {:?}", error.params());
                assert!(!all.contains("redo") && !all.contains("s3g") && !all.contains("joana"), "{all}");
            }
            let from = Url::parse("https://a.com.br/").unwrap();
            let error = next(&from, url, Reach::Chosen, &[]);
            let all = format!("{error:?}");
            assert!(!all.contains("s3gredo") && !all.contains("s3g/redo"), "{all}");
        }
        for plain in [
            "http://exemplo.com.br/a@b?c=d@e",
            "http://exemplo.com.br:8080/a/b?c=d",
            "http://[2804::1]/a@b",
            "http://exemplo.com.br/",
            "nada",
            "",
        ] {
            assert_eq!(shortened(plain), plain);
        }
        let list = "http://exemplo.com.br:8080/lista@v1.crl";
        assert!(checked(list, Reach::Public, &[]).is_ok(), "a certificate may name it");
        assert_eq!(shortened(list), "http://…@v1.crl", "and an error does not show what may be a password");
    }

    #[test]
    fn what_is_posted_stays_what_it_is_and_a_secret_where_it_was_given() {
        let follow = |from: &str, to: &str, status, secret| match next_of_post(
            &Url::parse(from).unwrap(),
            to,
            status,
            secret,
            Reach::Public,
            &[],
        ) {
            Ok(url) => url.to_string(),
            Err(NetError::Redirect { reason, .. }) => reason.to_owned(),
            Err(other) => panic!("{other}"),
        };
        for status in [300, 301, 302, 303, 304, 305] {
            assert_eq!(follow("https://a.br/tsa", "/b", status, false), "method", "{status}");
        }
        for status in [307, 308] {
            assert_eq!(follow("https://a.br/tsa", "/b", status, true), "https://a.br/b");
            assert_eq!(follow("https://a.br/tsa", "https://b.br/", status, false), "https://b.br/");
            for other in ["https://b.br/", "https://a.br:444/", "https://a.b.br/", "//b.br/x"] {
                assert_eq!(follow("https://a.br/tsa", other, status, true), "secret", "{other}");
            }
            assert_eq!(follow("http://a.br/tsa", "https://a.br/tsa", status, true), "secret", "another origin");
            assert_eq!(follow("https://a.br/tsa", "http://a.br/tsa", status, false), "downgrade");
            assert_eq!(follow("https://a.br/tsa", "http://127.0.0.1/", status, false), "private");
        }
    }
}
