//! The shop: who serves what, how much, how well.

/// Ticks a minute; the shop is scraped every 15 seconds.
const MINUTE: i64 = 4;
const HOUR: i64 = 60 * MINUTE;

pub(super) struct Target {
    pub(super) job: &'static str,
    pub(super) instance: &'static str,
    pub(super) version: &'static str,
    pub(super) routes: &'static [Route],
    /// When it starts anew; every counter is 0 then.
    pub(super) restarts: Every,
    /// When it cannot be reached.
    pub(super) outages: Every,
    /// How many latency classes it is slower than the web front.
    pub(super) slower: usize,
}

pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) handler: &'static str,
    /// Requests a second in the middle of the day.
    pub(super) rate: f64,
}

/// Something that happens at fixed times: for `length` ticks in every `period`.
#[derive(Clone, Copy)]
pub(super) struct Every {
    period: i64,
    phase: i64,
    length: i64,
}

impl Every {
    /// The ticks since it began last.
    pub(super) fn since(self, tick: i64) -> i64 {
        tick.wrapping_sub(self.phase).rem_euclid(self.period)
    }

    pub(super) fn is_on(self, tick: i64) -> bool {
        self.since(tick) < self.length
    }
}

const fn every(period: i64, phase: i64, length: i64) -> Every {
    Every { period, phase, length }
}

const NEVER: Every = every(1, 0, 0);

/// Payments fail and are slow for six minutes of every two hours.
pub(super) const INCIDENT: Every = every(2 * HOUR, 40 * MINUTE, 6 * MINUTE);

const WEB: &[Route] = &[
    Route { method: "GET", handler: "/", rate: 8.0 },
    Route { method: "GET", handler: "/products", rate: 5.0 },
    Route { method: "POST", handler: "/checkout", rate: 0.6 },
];
const CART: &[Route] = &[
    Route { method: "GET", handler: "/cart", rate: 3.0 },
    Route { method: "POST", handler: "/cart", rate: 1.5 },
];
const PAYMENT: &[Route] = &[Route { method: "POST", handler: "/pay", rate: 0.6 }];

/// Who is scraped.
pub(super) const TARGETS: &[Target] = &[
    Target {
        job: "web",
        instance: "web-1:8080",
        version: "2.4.0",
        routes: WEB,
        restarts: every(24 * HOUR, 7 * HOUR, 0),
        outages: NEVER,
        slower: 0,
    },
    Target {
        job: "web",
        instance: "web-2:8080",
        version: "2.4.1",
        routes: WEB,
        restarts: every(24 * HOUR, 19 * HOUR, 0),
        outages: NEVER,
        slower: 0,
    },
    Target {
        job: "cart",
        instance: "cart-1:8080",
        version: "1.9.3",
        routes: CART,
        restarts: every(3 * HOUR, 50 * MINUTE, 0),
        outages: NEVER,
        slower: 1,
    },
    Target {
        job: "cart",
        instance: "cart-2:8080",
        version: "1.9.3",
        routes: CART,
        restarts: every(24 * HOUR, 3 * HOUR, 0),
        outages: every(4 * HOUR, 100 * MINUTE, 8 * MINUTE),
        slower: 1,
    },
    Target {
        job: "payment",
        instance: "payment-1:8080",
        version: "3.0.7",
        routes: PAYMENT,
        restarts: every(24 * HOUR, 5 * HOUR, 0),
        outages: NEVER,
        slower: 3,
    },
];

/// The shares of requests that fail and that ask for what is not there.
pub(super) fn bad_shares(target: &Target, tick: i64) -> (f64, f64) {
    let failed = match target.job {
        "payment" if INCIDENT.is_on(tick) => 0.2,
        "payment" => 0.004,
        _ => 0.001,
    };
    (failed, if target.job == "web" { 0.01 } else { 0.0 })
}

/// How busy the shop is: one broad hill a day, highest at noon, and a small one an hour.
pub(super) fn load(tick: i64) -> f64 {
    let hill = |period: i64| {
        // Small enough to be exact.
        let at = tick.rem_euclid(period) as f64 / period as f64;
        4.0 * at * (1.0 - at)
    };
    0.4 + 0.6 * hill(24 * HOUR) + 0.15 * hill(HOUR)
}

/// What a request may take, in seconds, and how many of a hundred take it.
pub(super) const LATENCIES: &[(f64, f64)] = &[
    (0.003, 8.0),
    (0.006, 14.0),
    (0.009, 20.0),
    (0.014, 20.0),
    (0.022, 14.0),
    (0.035, 9.0),
    (0.06, 6.0),
    (0.11, 4.0),
    (0.22, 2.5),
    (0.45, 1.5),
    (0.9, 0.7),
    (2.2, 0.3),
];

/// The classes that requests are slower by during an incident.
pub(super) const INCIDENT_SLOWER: usize = 3;

/// The bounds of the classic histogram's buckets.
pub(super) const BOUNDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, f64::INFINITY];

/// Name, type, help of every metric.
pub(super) const METRICS: &[(&str, &str, &str)] = &[
    (
        "http_request_duration_seconds",
        "histogram",
        "How long requests took, as a native and as a classic histogram.",
    ),
    ("http_requests_in_flight", "gauge", "Requests being served."),
    ("http_requests_total", "counter", "Requests served."),
    ("process_cpu_seconds_total", "counter", "Processor time used."),
    ("process_resident_memory_bytes", "gauge", "Memory in use; it leaks until the next restart."),
    ("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970."),
    ("target_info", "info", "What runs where."),
    ("up", "gauge", "Whether the target could be reached."),
];
