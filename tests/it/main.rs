//! Tests from outside: the library's public face and the binary.

mod compare;
mod export;
mod store;
mod synthetic;
