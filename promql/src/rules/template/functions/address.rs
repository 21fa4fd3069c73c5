//! Hosts and ports.

use super::{Environment, text};
use crate::rules::template::value::Value;
use std::net::{IpAddr, Ipv6Addr};

pub(super) fn strip_port(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let address = text(&values[0]);
    Ok(split(&address).map_or(&*address, |(host, _)| host).into())
}

pub(super) fn strip_domain(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let address = text(&values[0]);
    let (host, port) = split(&address).unwrap_or((&address, ""));
    if is_ip(host) {
        return Ok(values[0].clone());
    }
    let name = host.split('.').next().unwrap_or_default();
    Ok(match port {
        "" => name.into(),
        port if name.contains(':') => format!("[{name}]:{port}").into(),
        port => format!("{name}:{port}").into(),
    })
}

/// Host and port of `host:port`, `[host]:port`, both of which may be empty.
fn split(address: &str) -> Option<(&str, &str)> {
    let (before, port) = address.rsplit_once(':')?;
    let (host, rest) = match address.strip_prefix('[') {
        Some(inside) => {
            let host = before.strip_prefix('[')?.strip_suffix(']')?;
            // The first bracket that closes is the one before the port.
            if inside.find(']') != Some(host.len()) {
                return None;
            }
            (host, port)
        }
        None if before.contains(':') => return None,
        None => (before, address),
    };
    (!host.contains('[') && !rest.contains(['[', ']']) && !port.contains('[')).then_some((host, port))
}

/// True for an address, of version 6 also with a zone.
fn is_ip(host: &str) -> bool {
    match host.split_once('%') {
        Some((address, zone)) => !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<IpAddr>().is_ok(),
    }
}
