//! `gan-sweep serve`: The report, live

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use super::compare::Profile;
use super::{Exit, out};
use crate::claim::Language;
use crate::serve::{self, Hosts, Live};
use crate::store::{Reader, host};

/// Show the report of a sweep in a browser while it runs
///
/// The page is the report's; its curves grow as the sweep goes on. The database is only read, for at most a
/// hundredth of the time. Ctrl-C ends it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sweep's name
    #[arg(value_name = "SWEEP")]
    sweep: String,
    /// The port, 0 for any that is free
    #[arg(long, value_name = "N", default_value_t = 8642, value_parser = port)]
    port: u16,
    /// The address to listen on; anyone who reaches it can read the report
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Further names of this machine under which browsers may ask
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// The language in which the page opens
    #[arg(long, value_name = "en|ru", value_parser = super::language, default_value = "en")]
    lang: Language,
    #[command(flatten)]
    profile: Profile,
}

const EXAMPLES: &str = "\
Examples:
  gan-sweep serve quickstart
  gan-sweep serve quickstart --profile quick --port 0";

fn port(text: &str) -> Result<u16, String> {
    let expected = |_| "expected a port from 0 to 65535".to_owned();
    text.parse().map_err(expected)
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    // A sweep that is not there is said here, not in the browser.
    let sweep = args.profile.sweep(&Reader::open(results)?, &args.sweep)?;
    let live = Live::new(results, &sweep.name, Some(&sweep.profile), args.lang);
    let address = SocketAddr::new(args.host, args.port);
    let hosts = Hosts::of(args.host, &args.name);
    if !args.host.is_loopback() {
        let whom = match args.host.is_unspecified() {
            true => "this machine".to_owned(),
            false => args.host.to_string(),
        };
        out::say(&format!(
            "note: anyone who reaches {whom} can read the report"
        ));
    }
    let name = sweep.name;
    serve::serve(live, address, hosts, |address| {
        let port = address.port();
        let at = match address.ip().is_unspecified() {
            true => format!(
                "http://localhost:{port}/, and for others http://{}:{port}/,",
                host()
            ),
            false => format!("http://{address}/"),
        };
        out::say(&format!("{name} is at {at} until Ctrl-C"));
    })?;
    Ok(Exit::Done)
}
