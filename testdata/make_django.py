#!/usr/bin/env python3
"""Writes webshop.prom, one /metrics page of a Django web shop in the manner of django-prometheus, and django.om, 40
scrapes of it at 15 s. Deterministic; run it in this folder.

In django.om the shop is busier from minute 4 on, and from minute 6 to 8 `checkout` fails and is slow; at 8:30 the
process starts anew."""

import random

START = 1_767_225_600  # 2026-01-01 00:00:00 UTC
STEP = 15
SCRAPES = 40
RESTART = 34
BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]

# view: method, requests a second, typical latency in seconds
VIEWS = {
    "product-list": ("GET", 6.0, 0.04),
    "product-detail": ("GET", 9.0, 0.03),
    "checkout": ("POST", 1.2, 0.18),
    "prometheus-django-metrics": ("GET", 1 / STEP, 0.006),
    "<unnamed view>": ("GET", 0.4, 0.012),
}
MODELS = {"order": ("insert", 1.1), "cart": ("update", 2.4), "session": ("delete", 0.2)}

HELP = {
    "python_info": ("gauge", "Python platform information."),
    "process_resident_memory_bytes": ("gauge", "Resident memory size in bytes."),
    "process_start_time_seconds": ("gauge", "Start time of the process since unix epoch in seconds."),
    "process_cpu_seconds_total": ("counter", "Total user and system CPU time spent in seconds."),
    "process_open_fds": ("gauge", "Number of open file descriptors."),
    "django_http_requests_before_middlewares_total": ("counter", "Requests before any middleware ran."),
    "django_http_requests_total_by_view_transport_method_total": ("counter", "Requests by view, transport, method."),
    "django_http_responses_total_by_status_view_method_total": ("counter", "Responses by status, view, method."),
    "django_http_exceptions_total_by_view_total": ("counter", "Exceptions by view."),
    "django_http_requests_latency_seconds_by_view_method": ("histogram", "Request latency by view and method."),
    "django_db_execute_total": ("counter", "Statements executed, by database."),
    "django_db_execute_many_total": ("counter", "Statements executed in bulk, by database."),
    "django_db_errors_total": ("counter", "Database errors by kind."),
    "django_db_query_duration_seconds": ("histogram", "Duration of statements by database."),
    "django_model_inserts_total": ("counter", "Inserts by model."),
    "django_model_updates_total": ("counter", "Updates by model."),
    "django_model_deletes_total": ("counter", "Deletes by model."),
}


class Histogram:
    def __init__(self):
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0

    def observe(self, seconds):
        self.counts[next((i for i, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))] += 1
        self.sum += seconds

    def lines(self, name, labels, created):
        total = 0
        for bound, count in zip([*map(str, BOUNDS), "+Inf"], self.counts):
            total += count
            yield f"{name}_bucket", {"le": bound, **labels}, total
        yield f"{name}_count", labels, total
        yield f"{name}_sum", labels, round(self.sum, 6)
        yield f"{name}_created", labels, created


class Shop:
    def __init__(self, started):
        self.created = started + 0.482
        self.counters = {}
        self.latency = {view: Histogram() for view in VIEWS}
        self.statements = Histogram()
        self.cpu = 1.84

    def add(self, name, amount=1, **labels):
        key = (name, tuple(labels.items()))
        self.counters[key] = self.counters.get(key, 0) + amount

    def run(self, rng, busy, incident):
        for view, (method, rate, typical) in VIEWS.items():
            for _ in range(int(rate * busy * STEP + rng.random())):
                broken = incident and view == "checkout"
                seconds = min(rng.lognormvariate(0, 0.6) * typical * (8 if broken else 1), 60)
                status = "200"
                if rng.random() < (0.25 if broken else 0.002):
                    status = "500"
                    self.add("django_http_exceptions_total_by_view_total", view=view)
                    self.add("django_db_errors_total", alias="default", vendor="postgresql", type="OperationalError")
                elif view == "<unnamed view>":
                    status = "404"
                elif view == "checkout":
                    status = "302"
                self.latency[view].observe(seconds)
                self.cpu += seconds * 0.2
                self.add("django_http_requests_before_middlewares_total")
                self.add(
                    "django_http_requests_total_by_view_transport_method_total",
                    view=view, transport="http", method=method,
                )
                self.add(
                    "django_http_responses_total_by_status_view_method_total", status=status, view=view, method=method
                )
                for _ in range(rng.randint(1, 4)):
                    self.add("django_db_execute_total", alias="default", vendor="postgresql")
                    self.statements.observe(rng.lognormvariate(0, 0.8) * 0.004 * (6 if broken else 1))
        for model, (what, rate) in MODELS.items():
            self.add(f"django_model_{what}s_total", int(rate * busy * STEP + rng.random()), model=model)
        self.add("django_db_execute_many_total", rng.randint(0, 2), alias="default", vendor="postgresql")

    def samples(self, rng):
        info = {"implementation": "CPython", "major": "3", "minor": "13", "patchlevel": "1", "version": "3.13.1"}
        yield "python_info", "python_info", info, 1
        yield from ((name, name, {}, value) for name, value in [
            ("process_resident_memory_bytes", 134_217_728 + rng.randint(0, 2_000) * 4096),
            ("process_start_time_seconds", round(self.created - 0.482, 2)),
            ("process_cpu_seconds_total", round(self.cpu, 2)),
            ("process_open_fds", rng.randint(19, 27)),
        ])
        for name in HELP:
            for (own, labels), value in sorted(self.counters.items()):
                if own == name:
                    yield name, name, dict(labels), value
                    yield name, name.removesuffix("_total") + "_created", dict(labels), self.created
            if name == "django_http_requests_latency_seconds_by_view_method":
                for view, histogram in self.latency.items():
                    labels = {"method": VIEWS[view][0], "view": view}
                    yield from ((name, *line) for line in histogram.lines(name, labels, self.created))
            if name == "django_db_query_duration_seconds":
                labels = {"alias": "default", "vendor": "postgresql"}
                yield from ((name, *line) for line in self.statements.lines(name, labels, self.created))


def series(name, labels):
    inner = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return f"{name}{{{inner}}}" if inner else name


def page(samples):
    """Prometheus' text format; `_created` is a family of its own there."""
    last = None
    for family, name, labels, value in samples:
        created = name.endswith("_created")
        if (family, created) != last:
            kind, text = HELP[family]
            if created:
                yield f"# HELP {name} {text}"
                yield f"# TYPE {name} gauge"
            else:
                yield f"# HELP {family} {text}"
                yield f"# TYPE {family} {kind}"
            last = (family, created)
        yield f"{series(name, labels)} {float(value)}"


def dump(scrapes):
    """OpenMetrics, series after series."""
    rows = {}
    for time, samples in scrapes:
        for family, name, labels, value in samples:
            rows.setdefault(family, {}).setdefault(series(name, labels), []).append((time, value))
    for family, of_family in rows.items():
        kind, text = HELP[family]
        base = family.removesuffix("_total") if kind == "counter" else family
        yield f"# HELP {base} {text}"
        yield f"# TYPE {base} {kind}"
        for text, samples in of_family.items():
            for time, value in samples:
                yield f"{text} {value} {time}"
    yield "# EOF"


def main():
    rng = random.Random(3)
    shop = Shop(START - 3600)
    for _ in range(40):
        shop.run(rng, 1.0, False)
    scrapes = []
    for index in range(SCRAPES):
        if index == RESTART:
            shop = Shop(START + index * STEP)
        shop.run(rng, 1.0 if index < 16 else 1.5, 24 <= index < 32)
        tagged = [
            (family, name, {"job": "webshop", "instance": "shop-1:8000", **labels}, value)
            for family, name, labels, value in shop.samples(rng)
        ]
        scrapes.append((START + index * STEP, tagged))
        if index == 0:
            with open("webshop.prom", "w") as out:
                ordered = sorted(shop.samples(rng), key=lambda s: (list(HELP).index(s[0]), s[1].endswith("_created")))
                out.writelines(line + "\n" for line in page(ordered))
    with open("django.om", "w") as out:
        out.writelines(line + "\n" for line in dump(scrapes))


main()
