//! Counters for Prometheus.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use schema::api::jobs::JobState;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    kind: String,
    ok: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: String,
}

/// The counters of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram>,
    jobs: Family<Ended, Counter>,
    queue: Family<State, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("jangteo");
        let (requests, jobs, queue) = (Family::default(), Family::default(), Family::default());
        let seconds: Family<Route, Histogram> = Family::new_with_constructor(|| {
            Histogram::new([0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0])
        });
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_seconds", "Time to answer", seconds.clone());
        registry.register("jobs_ended", "Attempts at jobs that ended", jobs.clone());
        registry.register("jobs", "Jobs by state", queue.clone());
        Self { registry, requests, seconds, jobs, queue }
    }
}

impl Metrics {
    /// Counts an answered request. `route` is a pattern, so the number of series is bounded.
    pub fn request_ended(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.to_owned(), route.to_owned());
        self.seconds.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Request { method, route, status }).inc();
    }

    /// Counts an attempt at a job.
    pub fn job_ended(&self, kind: &str, ok: bool, _took: Duration) {
        self.jobs.get_or_create(&Ended { kind: kind.to_owned(), ok: ok.to_string() }).inc();
    }

    /// Sets the length of the queue.
    pub fn queue(&self, counts: &[(JobState, i64)]) {
        for (state, count) in counts {
            self.queue.get_or_create(&State { state: state.to_string() }).set(*count);
        }
    }

    /// The text exposition.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
