//! The names under which a server may be asked.

use std::net::IpAddr;

use crate::store::host;

/// Names and addresses of this server. A page of another site whose name was made to point here (DNS rebinding)
/// asks under that name, and is refused.
#[derive(Clone, Debug)]
pub struct Hosts {
    names: Vec<String>,
    /// Whether all of this machine's addresses are listened on.
    everywhere: bool,
    port: u16,
}

impl Hosts {
    /// Those of an address, and further names that the user says are this machine's.
    pub fn of(address: IpAddr, further: &[String]) -> Self {
        let literal = match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        let mut names = vec![literal];
        let everywhere = address.is_unspecified();
        if everywhere {
            // Nothing, where nothing tells it.
            names.extend(Some(host().to_ascii_lowercase()).filter(|name| !name.is_empty()));
        }
        if everywhere || address.is_loopback() {
            names.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        }
        names.extend(further.iter().map(|name| name.to_ascii_lowercase()));
        Self {
            names,
            everywhere,
            port: 0,
        }
    }

    /// At a port.
    pub(super) fn with_port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Whether a `Host` header names this server.
    pub(super) fn has(&self, asked: &str) -> bool {
        let asked = asked.to_ascii_lowercase();
        let port = format!(":{}", self.port);
        // Without a port a browser means 80.
        let name = match asked.strip_suffix(&port) {
            Some(name) => name,
            None if self.port == 80 => &asked,
            None => return false,
        };
        // An address is no name that could be made to point here: whoever asks by one has come to it.
        let address = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
        let by_address = || address.unwrap_or(name).parse::<IpAddr>().is_ok();
        self.names.iter().any(|known| known == name) || self.everywhere && by_address()
    }
}

#[cfg(test)]
mod tests {
    use super::Hosts;

    #[test]
    fn only_names_of_this_server_at_its_port_are_known() {
        let hosts = Hosts::of([127, 0, 0, 1].into(), &[]).with_port(8642);
        for known in [
            "localhost:8642",
            "127.0.0.1:8642",
            "[::1]:8642",
            "LOCALHOST:8642",
        ] {
            assert!(hosts.has(known), "{known}");
        }
        for other in [
            "localhost",
            "localhost:80",
            "evil.example:8642",
            "localhost.evil.example:8642",
            "127.0.0.1.evil.example:8642",
            "",
            ":8642",
            "xlocalhost:8642",
        ] {
            assert!(!hosts.has(other), "{other}");
        }
    }

    #[test]
    fn at_every_address_each_of_them_and_this_machine_are_known() {
        let hosts = Hosts::of([0, 0, 0, 0].into(), &[]).with_port(8642);
        let own = format!("{}:8642", crate::store::host());
        for known in [
            "localhost:8642",
            "127.0.0.1:8642",
            "10.0.0.7:8642",
            "[fd00::7]:8642",
            &own,
        ] {
            assert!(hosts.has(known), "{known}");
        }
        for other in [
            "evil.example:8642",
            "10.0.0.7.evil.example:8642",
            "10.0.0.7",
            "[evil]:8642",
        ] {
            assert!(!hosts.has(other), "{other}");
        }
    }

    #[test]
    fn a_name_that_the_user_says_is_known_besides() {
        let hosts = Hosts::of([10, 0, 0, 7].into(), &["Lab.Example".to_owned()]).with_port(80);
        assert!(hosts.has("10.0.0.7") && hosts.has("lab.example:80"));
        assert!(!hosts.has("localhost"));
    }
}
