//! The report of a sweep over HTTP, while it grows.
//!
//! Two things are delivered, the page and its data; no path names a file. The database is read, never written,
//! and at most for a hundredth of the time: see [`live`]. Pages of other sites cannot read it: a request must
//! name the host it was sent to (no DNS rebinding), and nothing is changed by any.

mod hosts;
mod live;

pub use hosts::Hosts;
pub use live::{Live, LiveError};

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// What the page may do: what is in it, and ask for its own data.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      img-src data:; font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// Why nothing can be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port cannot be had.
    #[error(
        "cannot listen on {address}{}", match source.kind() {
            std::io::ErrorKind::AddrInUse => ": the port is taken; take another with --port, or --port 0 for any",
            std::io::ErrorKind::AddrNotAvailable => ": that is no address of this machine",
            std::io::ErrorKind::PermissionDenied => ": ports below 1024 may be reserved; take another with --port",
            _ => "",
        }
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The runtime or the server failed.
    #[error("the server stopped")]
    Server(#[source] std::io::Error),
}

/// Serves until the process ends; `told` is called with the address once it listens.
///
/// # Errors
/// [`ServeError`].
pub fn serve(
    live: Live,
    address: SocketAddr,
    hosts: Hosts,
    told: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Server)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(|source| ServeError::Listen { address, source })?;
        let address = listener.local_addr().map_err(ServeError::Server)?;
        told(address);
        let router = router(live, hosts.with_port(address.port()));
        axum::serve(listener, router)
            .await
            .map_err(ServeError::Server)
    })
}

fn router(live: Live, hosts: Hosts) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/data.json", get(data))
        .with_state(Arc::new(live))
        .layer(middleware::from_fn_with_state(Arc::new(hosts), guarded))
}

/// Refuses requests for other hosts, and says what the page may do.
async fn guarded(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    let known = host
        .and_then(|h| h.to_str().ok())
        .is_some_and(|h| hosts.has(h));
    let mut response = match known {
        true => next.run(request).await,
        false => {
            let text = "this host is not served here: open the address that gan-sweep printed\n";
            (StatusCode::FORBIDDEN, text).into_response()
        }
    };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn page(State(live): State<Arc<Live>>) -> Response {
    match tokio::task::spawn_blocking(move || live.page()).await {
        Ok(Ok(page)) => {
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
        }
        Ok(Err(error)) => failed(&error.to_string()),
        Err(error) => failed(&error.to_string()),
    }
}

async fn data(State(live): State<Arc<Live>>, headers: HeaderMap) -> Response {
    let data = match tokio::task::spawn_blocking(move || live.data()).await {
        Ok(Ok(data)) => data,
        Ok(Err(error)) => return failed(&error.to_string()),
        Err(error) => return failed(&error.to_string()),
    };
    let known = headers.get(header::IF_NONE_MATCH);
    if known.is_some_and(|tag| tag.as_bytes() == data.tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, data.tag.clone())]).into_response();
    }
    let head = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::ETAG, data.tag.clone()),
    ];
    (head, data.json.clone()).into_response()
}

fn failed(error: &str) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response()
}
